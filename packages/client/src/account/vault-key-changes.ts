import { encodeAddEscrowFields, encodeBase64Url } from '@sealpost/protocol';
import { extendChain } from '../contacts/chain.js';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { sealEscrow } from '../crypto/escrow.js';
import { wipe } from '../crypto/wipe.js';
import { ApiError, isApiError, SealpostError } from '../errors.js';
import type { EscrowWatch } from '../escrow/escrow-watch.js';
import type { Access } from '../http/access.js';
import type { AccountApi } from '../http/account-api.js';
import type { UserApi } from '../http/api.js';
import type { OwnKeys } from '../keys/own-keys.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import type { EscrowNote, EscrowNotes } from '../shared/escrow-notes.js';
import { Changes } from '../state/client-state.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import { startChange, type ChangeStart } from './change-start.js';
import type { Environment } from './environment.js';
import { escrowOfNewKey, trustedEscrow, type TrustedEscrow } from './escrow-choice.js';
import { login } from './login.js';
import { NewVaultKey, type NewVaultKeyInput } from './new-vault-key.js';
import { checkService, suiteOfNewCredentials } from './service-check.js';

export interface RekeyOptions {
  /** The present password; it stays the password. */
  readonly password: string;
  /**
   * Declares all earlier keys compromised: others then refuse messages under them that they have not accepted yet
   * (protocol section 5, flag bit 1).
   */
  readonly compromised?: boolean;
  /** The fingerprint of the escrow key that is to have the new vault key, too. Needed where the account has an escrow. */
  readonly escrow?: string;
  /**
   * Gets the new recovery words before they count, and resolves once the user has written them down. Whatever happens
   * afterwards, either these words or the old ones open the account.
   */
  readonly show?: (words: string) => Promise<void>;
}

export interface Rekeyed {
  /** The new 24 words, which nobody can show again. The old ones open nothing any more. */
  readonly recoveryWords: string;
  /** False where the vault key is new and the log-in afterwards failed: use Sealpost.login() on the same storage. */
  readonly signedIn: boolean;
}

/** What changes of the vault key stand on. */
export interface VaultKeyParts {
  readonly api: UserApi;
  readonly accountApi: AccountApi;
  readonly access: Access;
  readonly directory: ContactDirectory;
  readonly ownKeys: OwnKeys;
  readonly escrowNotes: EscrowNotes;
  readonly escrowWatch: EscrowWatch;
  /** Shares what this client knows with the user's others, as far as that can be done now. */
  readonly share: () => Promise<void>;
}

/** What a new vault key is made with. */
type Chosen = Pick<NewVaultKeyInput, 'suite' | 'escrow' | 'opened'>;

/** A new vault key, and who else gets it. Every change is proven by the present password. */
export class VaultKeyChanges {
  constructor(
    private readonly environment: Environment,
    private readonly parts: VaultKeyParts,
  ) {}

  /** @param remove whether the account is to leave its escrow */
  async rekey(options: RekeyOptions, remove: boolean): Promise<Rekeyed> {
    const { environment } = this;
    const service = await checkService(environment.api, environment.address);
    const start = await startChange(environment, this.parts.accountApi, options.password);
    try {
      const suite = suiteOfNewCredentials(service, start.record.suite);
      const { escrowWarning } = await this.parts.escrowWatch.look(start.account);
      const escrow = escrowOfNewKey(service, start.account, wishOf(options, remove), escrowWarning);
      const sessionName = await this.#sessionName();
      const rekeyed = await this.parts.ownKeys.replacing(async (opened) => {
        const recoveryWords = await this.#replace(start, options, { suite, escrow, opened });
        const signedIn = await this.#signIn(start.account.loginId, options.password, sessionName);
        return { recoveryWords, signedIn };
      });
      return await this.#shared(rekeyed);
    } finally {
      start.proof.wipe();
      wipe(start.vaultKey);
    }
  }

  /** @returns the new recovery words */
  async #replace(start: ChangeStart, { password, compromised, show }: RekeyOptions, chosen: Chosen): Promise<string> {
    const { record, account } = start;
    const made = new NewVaultKey({
      ...chosen,
      serviceId: record.serviceId,
      userId: record.userId,
      loginId: account.loginId,
      password,
      accountSecret: chooseAccountSecret(undefined, record),
      credentialVersion: account.credentialVersion,
      compromised: compromised === true,
      now: this.environment.now(),
    });
    try {
      await show?.(made.words);
      await this.#noteEscrow(start, made.vaultKey, chosen.escrow, 'joined');
      await this.#submit(start, made);
      await this.#keep(start, made, chosen);
      return made.words;
    } finally {
      made.wipe();
    }
  }

  /** What this client knows of others is sealed under the new vault key at once. */
  async #shared(rekeyed: Rekeyed): Promise<Rekeyed> {
    if (rekeyed.signedIn) await this.parts.share();
    return rekeyed;
  }

  /** @param expected the escrow key's fingerprint, as the application knows it */
  async addEscrow(password: string, expected: string): Promise<void> {
    const service = await checkService(this.environment.api, this.environment.address);
    const trusted = trustedEscrow(service, expected);
    const start = await startChange(this.environment, this.parts.accountApi, password);
    try {
      const { serviceId, userId } = start.record;
      const unlock = sealEscrow(trusted.publicKey, { serviceId, userId }, start.vaultKey);
      await this.#noteEscrow(start, start.vaultKey, trusted, 'sent');
      await this.#submitEscrow(start, { fingerprint: trusted.fingerprint, unlock });
      await this.#noteEscrow(start, start.vaultKey, trusted, 'joined');
      // Until the user's other clients know it, the server can hide it from them.
      await this.parts.share();
    } finally {
      start.proof.wipe();
      wipe(start.vaultKey);
    }
  }

  /** Of a vault key that the account never got it counts for nothing. */
  async #noteEscrow(
    { account }: ChangeStart,
    vaultKey: Uint8Array,
    escrow: TrustedEscrow | null,
    step: EscrowNote['step'],
  ): Promise<void> {
    if (escrow === null) return;
    const credentialVersion = account.credentialVersion + 1;
    const note = { fingerprint: encodeBase64Url(escrow.fingerprint), credentialVersion, step };
    await this.environment.state.commit(this.parts.escrowNotes.write(new Changes(), vaultKey, note));
  }

  async #submit({ record, account, proof }: ChangeStart, made: NewVaultKey): Promise<void> {
    const { api } = this.environment;
    const { serviceId } = record;
    const { loginId } = account;
    const challenge = () => fetchChallenge(api, loginId, record.suite);
    await withFreshChallenge(async (inDoubt) => {
      const offered = await challenge();
      // A try whose answer was lost shows in the salt, which this client has just made.
      if (inDoubt && made.isIn(offered)) return;
      const context = { serviceId, loginId, challenge: offered.challenge };
      try {
        await this.parts.accountApi.rekey(made.requestFor(context, proof.keysFor(offered).authSeed));
      } catch (error) {
        // It may have been carried out only now: then this session is over, and the credentials have changed.
        const refused = error instanceof ApiError && error.status < 500;
        if (inDoubt && refused && !isApiError(error, 'auth.challenge-used') && made.isIn(await challenge())) return;
        throw error;
      }
    });
  }

  /** What counts from now on, before anything else can fail. A server that goes back to the old vault is found out. */
  async #keep({ record }: ChangeStart, made: NewVaultKey, { opened, suite }: Chosen): Promise<void> {
    const { state } = this.environment;
    const { vault, vaultVersion, statement, vaultKey } = made;
    const session = await state.record('session');
    const kept = sessionRecordOf(session?.sessionId ?? '', vaultKey, {
      vault,
      vaultVersion,
      keyVersion: statement.version,
    });
    const account = { ...record, suite, vaultVersion };
    const changes = new Changes().set('account', account).set('session', kept).remove('rotation');
    await state.commit(await this.parts.escrowNotes.forgetOthers(changes, vaultKey), { erase: true });
    await this.parts.directory.keep(extendChain(opened.chain, [statement]));
  }

  /** All sessions have ended, this one too. */
  async #signIn(loginId: string, password: string, sessionName: string | undefined): Promise<boolean> {
    const name = sessionName === undefined ? {} : { sessionName };
    try {
      await login(this.environment, { loginId, password, ...name });
      return true;
    } catch (error) {
      // The words must reach the user in any case.
      if (error instanceof SealpostError) return false;
      throw error;
    } finally {
      this.parts.access.forgetTokens();
    }
  }

  async #sessionName(): Promise<string | undefined> {
    const { sessions } = await this.parts.api.sessions();
    const name = sessions.find(({ current }) => current)?.name ?? '';
    return name === '' ? undefined : name;
  }

  async #submitEscrow(
    { record, account, proof }: ChangeStart,
    wrap: { readonly fingerprint: Uint8Array; readonly unlock: Uint8Array },
  ): Promise<void> {
    const { serviceId, userId } = record;
    const { loginId, credentialVersion } = account;
    const { fingerprint, unlock: escrowUnlock } = wrap;
    const escrow = { fingerprint: encodeBase64Url(fingerprint), unlock: encodeBase64Url(escrowUnlock) };
    const fields = encodeAddEscrowFields({ userId, credentialVersion, fingerprint, escrowUnlock });
    const payloadHash = authPayloadHash('add-escrow', fields);
    await withFreshChallenge(async (inDoubt) => {
      if (inDoubt && (await this.#hasEscrow(escrow.fingerprint, credentialVersion))) return;
      const offered = await fetchChallenge(this.environment.api, loginId, record.suite);
      const context = { serviceId, loginId, challenge: offered.challenge };
      const signature = proveAction('add-escrow', context, payloadHash, proof.keysFor(offered).authSeed);
      await this.parts.accountApi.addEscrow({
        loginId,
        credentialVersion,
        escrow,
        challenge: encodeBase64Url(offered.challenge),
        proof: encodeBase64Url(signature),
      });
    });
  }

  /** Whether a try whose answer was lost was carried out. */
  async #hasEscrow(fingerprint: string, before: number): Promise<boolean> {
    const account = await this.parts.accountApi.account();
    return account.credentialVersion > before && account.escrow?.fingerprint === fingerprint;
  }
}

function wishOf({ escrow: fingerprint }: RekeyOptions, remove: boolean): { fingerprint?: string; remove: boolean } {
  return fingerprint === undefined ? { remove } : { fingerprint, remove };
}
