import { NO_FIELDS, requireBase64Url, type OpenRecoveryJson } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import type { CredentialKeys } from '../crypto/password.js';
import { deriveRecoveryKeys, recoveryKeyOfWords } from '../crypto/recovery-key.js';
import { isVaultOf, openUnlock } from '../crypto/vault.js';
import { wiping } from '../crypto/wipe.js';
import { ClientError, keeping } from '../errors.js';
import type { AccountRecord } from '../state/records.js';
import type { Account } from './account.js';
import { chooseAccountSecret, newPassword, wipeKeys, type NewPassword } from './credentials.js';
import { checkService, otherAccount, storedAccount, suiteOfNewCredentials, type Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import { checkNewLoginId, checkNewPassword } from './password-rules.js';
import { hasSalt, proofOf, proven } from './proven.js';

/** Once the server has taken it. */
const DONE = 'The new password counts: log in with it.';

export interface RecoverInput extends Omit<LoginInput, 'password'> {
  /** The 24 words, in any letter case and spacing. */
  readonly recoveryWords: string;
  readonly newPassword: string;
  /**
   * What to log in with from now on. Changed in the new session, with the new password: only there the vault opens, whose
   * newest key has to sign it (protocol section 5). Where it is refused, the new password counts all the same.
   */
  readonly newLoginId?: string;
}

/**
 * Sets a new password with the recovery words and logs in with it. All other sessions end; keys and messages stay. What
 * this client has seen of the account before still counts.
 */
export async function recover(environment: Environment, options: RecoverInput): Promise<void> {
  const loginId = loginIdArgument(options.loginId);
  await checkNewPassword(environment, loginId, options.newPassword);
  if (options.newLoginId !== undefined && loginIdArgument(options.newLoginId) === loginId) {
    throw new ClientError('client.invalid-argument', 'The new loginId is the present one');
  }
  if (options.newLoginId !== undefined) await checkNewLoginId(environment, options.newLoginId, options.newPassword);
  const keys = keysOfWords(options.recoveryWords);
  try {
    const account = await storedAccount(environment);
    const service = await checkService(environment);
    const { opened, suite } = await openRecovery(environment, options, account, keys);
    const { userId, credentialVersion } = opened;
    if (account !== null && account.userId !== userId) throw otherAccount(account);
    const { serviceId, minimumSuite } = environment.address;
    const vaultKey = openVaultKey(environment, opened, keys);
    const made = wiping([vaultKey], () =>
      newPassword({
        ...{ serviceId, userId, loginId, vaultKey, credentialVersion },
        suite: suiteOfNewCredentials(service, Math.max(suite, minimumSuite)),
        password: options.newPassword,
        accountSecret: chooseAccountSecret(options.accountSecret, account),
      }),
    );
    try {
      await submit(environment, { loginId, userId, keys }, made);
    } finally {
      made.wipe();
    }
    await keeping(DONE, () => login(environment, { ...options, password: options.newPassword }, userId));
  } finally {
    wipeKeys(keys);
  }
}

/** Gives a recovered account its new loginId, where one is wanted; ends the session where that fails: nobody gets it. */
export async function moveRecovered(
  { transport }: Environment,
  client: { readonly account: Account; readonly logout: (options: { readonly force: true }) => Promise<void> },
  { newPassword: password, newLoginId }: RecoverInput,
): Promise<void> {
  if (newLoginId === undefined) return;
  try {
    await client.account.changeLoginId({ password, newLoginId });
  } catch (error) {
    // The log-out is told to the server even where the signal of the call has fired.
    transport.opened();
    await client.logout({ force: true });
    throw error;
  }
}

function keysOfWords(words: string): CredentialKeys {
  try {
    const recoveryKey = recoveryKeyOfWords(words);
    return wiping([recoveryKey], () => deriveRecoveryKeys(recoveryKey));
  } catch (cause) {
    if (!(cause instanceof CryptoRefused)) throw cause;
    throw new ClientError('client.invalid-argument', cause.message, { cause });
  }
}

/** @returns also the suite of the present password, which the challenge names: no later one is to have a lower one */
async function openRecovery(
  environment: Environment,
  { loginId: given, acceptRestored }: RecoverInput,
  account: AccountRecord | null,
  { authSeed }: CredentialKeys,
): Promise<{ readonly opened: OpenRecoveryJson; readonly suite: number }> {
  const loginId = loginIdArgument(given);
  return proven(environment, {
    loginId,
    leastSuite: acceptRestored === true ? 0 : (account?.suite ?? 0),
    send: async (offered) => {
      const proof = proofOf('open-recovery', NO_FIELDS, offered, authSeed);
      return { opened: await environment.api.openRecovery({ loginId, ...proof }), suite: offered.suite };
    },
  });
}

/**
 * The vault key that the server's unlock holds. A new password for another one than that of the vault would open nothing
 * later, so both are looked at before anything is changed.
 */
function openVaultKey({ address }: Environment, opened: OpenRecoveryJson, keys: CredentialKeys): Uint8Array {
  const { userId } = opened;
  const header = { kind: 'recovery', serviceId: address.serviceId, userId } as const;
  try {
    const vaultKey = openUnlock(keys.wrapKey, header, requireBase64Url(opened.recoveryUnlock, 'recoveryUnlock'));
    if (isVaultOf(vaultKey, requireBase64Url(opened.vault, 'vault'))) return vaultKey;
  } catch (cause) {
    if (!(cause instanceof CryptoRefused)) throw cause;
    throw new ClientError('vault.unlock-refused', 'The server’s unlock does not belong to these words', { cause });
  }
  throw new ClientError('vault.refused', 'The server’s vault does not belong to its unlock');
}

async function submit(
  environment: Environment,
  { loginId, userId, keys }: { readonly loginId: string; readonly userId: string; readonly keys: CredentialKeys },
  made: NewPassword,
): Promise<void> {
  const owner = { loginId, leastSuite: 0 };
  await proven(environment, {
    ...owner,
    isDone: () => hasSalt(environment, owner, made.salt),
    send: (offered) => environment.api.recover({ ...made.requestFor('recover', offered, keys.authSeed), userId }),
  });
}
