import { extendChain } from '../contacts/chain.js';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { wipe } from '../crypto/wipe.js';
import { ApiError, isApiError, SealpostError } from '../errors.js';
import type { EscrowWatch } from '../escrow/escrow-watch.js';
import type { Access } from '../http/access.js';
import type { AccountApi } from '../http/account-api.js';
import type { UserApi } from '../http/api.js';
import type { OwnKeys } from '../keys/own-keys.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import type { EscrowNotes } from '../shared/escrow-notes.js';
import { Changes } from '../state/client-state.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import { startChange, type ChangeStart } from './change-start.js';
import type { Environment } from './environment.js';
import { escrowNote, escrowOfNewKey } from './escrow-choice.js';
import { login } from './login.js';
import { NewVaultKey, type NewVaultKeyInput } from './new-vault-key.js';
import type { OwnAccount } from './own-account.js';
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
   * Goes on where a SharedStateWarning keeps this client from taking in what the user's other clients know: what only they
   * knew is then lost. Only for a user who was asked.
   */
  readonly discardState?: boolean;
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
  readonly own: OwnAccount;
  readonly access: Access;
  readonly directory: ContactDirectory;
  readonly ownKeys: OwnKeys;
  readonly escrowNotes: EscrowNotes;
  readonly escrows: EscrowWatch;
  /** Shares what this client knows with the user's others, as far as that can be done now. */
  readonly share: () => Promise<void>;
  /** Takes in what they know, see StateSync.takeIn(). */
  readonly takeIn: (discard: boolean) => Promise<string | undefined>;
}

/** How often a new vault key is asked for on top of what other devices have shared meanwhile. */
const STATE_ATTEMPTS = 8;

/** What a new vault key is made with. */
type Chosen = Pick<NewVaultKeyInput, 'suite' | 'escrow' | 'opened'> & { readonly stateHash: string | undefined };

/** Puts a new vault key in the place of the old one, proven by the present password. */
export class VaultKeyChanges {
  constructor(
    private readonly environment: Environment,
    private readonly parts: VaultKeyParts,
  ) {}

  /** @param remove whether the account is to leave its escrow */
  async rekey(options: RekeyOptions, remove: boolean): Promise<Rekeyed> {
    const { environment } = this;
    const service = await checkService(environment.api, environment.address);
    const start = await startChange(environment, this.parts.own, options.password);
    try {
      const suite = suiteOfNewCredentials(service, start.record.suite);
      const { escrowWarning } = await this.parts.escrows.look(start.account);
      const escrow = escrowOfNewKey(service, start.account, wishOf(options, remove), escrowWarning);
      const sessionName = await this.#sessionName();
      // Before the new words are shown: what prevents it is to be told before.
      const stateHash = await this.parts.takeIn(options.discardState === true);
      const rekeyed = await this.parts.ownKeys.replacing(async (opened) => {
        const recoveryWords = await this.#replace(start, options, { suite, escrow, opened, stateHash });
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
  async #replace(start: ChangeStart, options: RekeyOptions, { stateHash, ...chosen }: Chosen): Promise<string> {
    const { record, account } = start;
    const { password, compromised, show } = options;
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
      // Of a vault key that the account never got it counts for nothing.
      if (chosen.escrow !== null)
        await this.parts.escrowNotes.keep(made.vaultKey, escrowNote(account, chosen.escrow, 'joined'));
      await this.#submitOnTop(start, made, stateHash, options.discardState === true);
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

  /**
   * On top of the shared state that this client has taken in: the server removes it together with the old vault key, and
   * what another device has stored meanwhile must be known here first.
   */
  async #submitOnTop(
    start: ChangeStart,
    made: NewVaultKey,
    stateHash: string | undefined,
    discard: boolean,
  ): Promise<void> {
    let hash = stateHash;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#submit(start, made, hash);
        return;
      } catch (error) {
        if (attempt === STATE_ATTEMPTS || !isApiError(error, 'state.state-conflict')) throw error;
        hash = await this.parts.takeIn(discard);
      }
    }
  }

  async #submit(
    { record, account, proof }: ChangeStart,
    made: NewVaultKey,
    stateHash: string | undefined,
  ): Promise<void> {
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
        const request = made.requestFor(context, proof.keysFor(offered).authSeed);
        await this.parts.accountApi.rekey(stateHash === undefined ? request : { ...request, stateHash });
      } catch (error) {
        // It may have been carried out only now: then this session is over, and the credentials have changed.
        const refused = error instanceof ApiError && error.status < 500;
        if (inDoubt && refused && !isApiError(error, 'auth.challenge-used') && made.isIn(await challenge())) return;
        throw error;
      }
    });
  }

  /** What counts from now on, before anything else can fail. A server that goes back to the old vault is found out. */
  async #keep(
    { record }: ChangeStart,
    made: NewVaultKey,
    { opened, suite }: Pick<Chosen, 'opened' | 'suite'>,
  ): Promise<void> {
    const { state } = this.environment;
    const { vault, vaultVersion, statement, vaultKey } = made;
    const session = await state.record('session');
    const kept = sessionRecordOf(session?.sessionId ?? '', vaultKey, {
      vault,
      vaultVersion,
      keyVersion: statement.version,
    });
    const account = { ...record, suite, vaultVersion };
    // The server has no shared state any more, and this client may be the only one that knows what it said.
    const changes = new Changes()
      .set('account', account)
      .set('session', kept)
      .set('share-due', true)
      .remove('rotation');
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
}

function wishOf({ escrow: fingerprint }: RekeyOptions, remove: boolean): { fingerprint?: string; remove: boolean } {
  return fingerprint === undefined ? { remove } : { fingerprint, remove };
}
