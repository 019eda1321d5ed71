import { encodeBase64Url, encodeRecoveryKeyFields } from '@sealpost/protocol';
import { checkPasswordArgument, loginIdArgument } from '../arguments.js';
import { authPublicKey, proveChange } from '../crypto/auth-proof.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery.js';
import { signHandle } from '../crypto/user-keys.js';
import { sealUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { isApiError } from '../errors.js';
import type { AccountApi } from '../http/account-api.js';
import { newestOwnKeys, type OwnKeys } from '../keys/own-keys.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import { startChange, type ChangeStart } from './change-start.js';
import type { Environment } from './environment.js';
import { NewPassword } from './new-password.js';
import { ownHandle, type OwnAccount } from './own-account.js';
import { checkService, suiteOfNewCredentials } from './service-check.js';

/** What is to be another one from now on. */
export interface PasswordChange {
  /** The present password. */
  readonly password: string;
  readonly newPassword?: string;
  readonly newLoginId?: string;
}

/** How often a new loginId is signed anew because the keys were rotated in between. */
const HANDLE_ATTEMPTS = 3;

/** Changes what opens the account. Every change is proven by the present password. */
export class Credentials {
  constructor(
    private readonly environment: Environment,
    private readonly api: AccountApi,
    private readonly ownKeys: OwnKeys,
    private readonly own: OwnAccount,
  ) {}

  /** @returns the loginId that the account has now */
  async changePassword(change: PasswordChange): Promise<string> {
    const newLoginId = change.newLoginId === undefined ? undefined : loginIdArgument(change.newLoginId);
    if (change.newPassword !== undefined) checkPasswordArgument(change.newPassword);
    const start = await startChange(this.environment, this.own, change.password);
    try {
      return await this.#changeFrom(start, change, newLoginId);
    } finally {
      start.proof.wipe();
      wipe(start.vaultKey);
    }
  }

  /** @returns the new recovery words, which nobody can show again */
  async replaceRecoveryKey(password: string, show: (words: string) => Promise<void>): Promise<string> {
    const start = await startChange(this.environment, this.own, password);
    const recoveryKey = generateRecoveryKey();
    const keys = deriveRecoveryKeys(recoveryKey);
    try {
      const { serviceId, userId } = start.record;
      const unlock = sealUnlock(keys.wrapKey, { kind: 'recovery', serviceId, userId }, start.vaultKey);
      const publicKey = authPublicKey(keys.authSeed);
      const words = recoveryWords(recoveryKey);
      await show(words);
      await this.#submitRecoveryKey(start, { unlock, publicKey, authSeed: keys.authSeed });
      return words;
    } finally {
      start.proof.wipe();
      wipe(start.vaultKey, recoveryKey, keys.authSeed, keys.wrapKey);
    }
  }

  async #changeFrom(start: ChangeStart, change: PasswordChange, newLoginId: string | undefined): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryChange(start, change, newLoginId);
      } catch (error) {
        if (attempt === HANDLE_ATTEMPTS || !isApiError(error, 'keys.handle-refused')) throw error;
      }
    }
  }

  async #tryChange(start: ChangeStart, change: PasswordChange, newLoginId: string | undefined): Promise<string> {
    const { record, account, vaultKey } = start;
    const { serviceId, userId } = record;
    const loginId = newLoginId ?? account.loginId;
    const service = await checkService(this.environment.api, this.environment.address);
    const suite = suiteOfNewCredentials(service, record.suite);
    const handle = loginId === account.loginId ? {} : { handleSignature: await this.#signHandle(record, loginId) };
    const password = change.newPassword ?? change.password;
    const accountSecret = chooseAccountSecret(undefined, record);
    const { credentialVersion } = account;
    const owner = { serviceId, userId, loginId, suite, accountSecret };
    const made = new NewPassword({ ...owner, password, vaultKey, credentialVersion, ...handle });
    try {
      await this.#submit(start, made, loginId);
    } finally {
      made.wipe();
    }
    const { state } = this.environment;
    // As it is by now: a rotation may have written it meanwhile.
    const present = (await state.record('account')) ?? record;
    const changes = new Changes().set('account', { ...present, loginId, suite });
    await state.commit(changes.add(await ownHandle(state, { loginId, userId })));
    return loginId;
  }

  async #signHandle({ serviceId, userId }: AccountRecord, loginId: string): Promise<Uint8Array> {
    const { version, seeds } = newestOwnKeys(await this.ownKeys.refresh());
    return signHandle({ serviceId, loginId, userId, version }, seeds.signSeed);
  }

  async #submit({ record, account, proof }: ChangeStart, made: NewPassword, newLoginId: string): Promise<void> {
    const { api, address } = this.environment;
    const { loginId } = account;
    await withFreshChallenge(async (inDoubt) => {
      // A try whose answer was lost shows in the salt, which this client has just made.
      if (inDoubt && made.isIn(await fetchChallenge(api, newLoginId, record.suite))) return;
      const offered = await fetchChallenge(api, loginId, record.suite);
      const context = { serviceId: address.serviceId, loginId, challenge: offered.challenge };
      await this.api.changePassword(made.requestFor('change-password', context, proof.keysFor(offered).authSeed));
    });
  }

  async #submitRecoveryKey(
    { record, account, proof }: ChangeStart,
    made: { readonly unlock: Uint8Array; readonly publicKey: Uint8Array; readonly authSeed: Uint8Array },
  ): Promise<void> {
    const { api, address } = this.environment;
    const { userId, loginId, credentialVersion } = account;
    const key = { recoveryAuthPublicKey: made.publicKey, recoveryUnlock: made.unlock };
    const fields = encodeRecoveryKeyFields({ userId, credentialVersion, ...key });
    await withFreshChallenge(async (inDoubt) => {
      if (inDoubt && (await this.api.account()).recoveryAuthPublicKey === encodeBase64Url(made.publicKey)) return;
      const offered = await fetchChallenge(api, loginId, record.suite);
      const context = { serviceId: address.serviceId, loginId, challenge: offered.challenge };
      const seeds = { authSeed: proof.keysFor(offered).authSeed, newAuthSeed: made.authSeed };
      const { proof: signature, newKeySignature } = proveChange('replace-recovery', fields, context, seeds);
      await this.api.replaceRecoveryKey({
        loginId,
        credentialVersion,
        recoveryAuthPublicKey: encodeBase64Url(made.publicKey),
        recoveryUnlock: encodeBase64Url(made.unlock),
        challenge: encodeBase64Url(offered.challenge),
        proof: encodeBase64Url(signature),
        recoveryAuthKeySignature: encodeBase64Url(newKeySignature),
      });
    });
  }
}
