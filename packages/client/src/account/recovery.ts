import { encodeBase64Url, NO_FIELDS, requireBase64Url, type OpenRecoveryJson } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import type { CredentialKeys } from '../crypto/password.js';
import { deriveRecoveryKeys, recoveryKeyOfWords } from '../crypto/recovery-key.js';
import { isVaultOf, openUnlock } from '../crypto/vault.js';
import { wipe, wiping } from '../crypto/wipe.js';
import { ClientError, keeping } from '../errors.js';
import type { Account } from './account.js';
import type { Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import { chooseAccountSecret, NewPassword } from './password-keys.js';
import { checkNewLoginId, checkNewPassword } from './password-strength.js';
import { fetchChallenge, proven } from './proven.js';
import { checkService, requireService, suiteOfNewCredentials } from './service-check.js';

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
    const account = await environment.state.record('account');
    requireService(account, environment.address);
    const service = await checkService(environment.api, environment.address);
    const seenSuite = options.acceptRestored === true ? 0 : (account?.suite ?? 0);
    const { opened, suite } = await openRecovery(environment, { loginId, highestSuite: seenSuite }, keys);
    if (account !== null && account.userId !== opened.userId) {
      throw new ClientError('storage.other-account', `The storage belongs to ${account.loginId}`);
    }
    const { userId, credentialVersion } = opened;
    const { serviceId } = environment.address;
    const owner = {
      serviceId,
      userId,
      loginId,
      suite: suiteOfNewCredentials(service, Math.max(suite, environment.address.minimumSuite)),
    };
    const vaultKey = openVaultKey(environment, opened, keys);
    const made = wiping([vaultKey], () => {
      const accountSecret = chooseAccountSecret(options.accountSecret, account);
      return new NewPassword({ ...owner, accountSecret, password: options.newPassword, vaultKey, credentialVersion });
    });
    try {
      await submit(environment, { loginId, userId, keys }, made);
    } finally {
      made.wipe();
    }
    await keeping(DONE, () => login(environment, { ...options, password: options.newPassword }, userId));
  } finally {
    wipe(keys.authSeed, keys.wrapKey);
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
  { loginId, highestSuite }: { readonly loginId: string; readonly highestSuite: number },
  keys: CredentialKeys,
): Promise<{ readonly opened: OpenRecoveryJson; readonly suite: number }> {
  const payloadHash = authPayloadHash('open-recovery', NO_FIELDS);
  return proven(environment, {
    loginId,
    leastSuite: highestSuite,
    send: async ({ context, sent, suite }) => {
      const proof = proveAction('open-recovery', context, payloadHash, keys.authSeed);
      return {
        opened: await environment.api.openRecovery({ loginId, challenge: sent, proof: encodeBase64Url(proof) }),
        suite,
      };
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
  await proven(environment, {
    loginId,
    leastSuite: 0,
    // It shows in the salt, which this client has just made.
    isDone: async () => made.isIn(await fetchChallenge(environment.api, loginId, 0)),
    send: ({ context }) => environment.api.recover({ ...made.requestFor('recover', context, keys.authSeed), userId }),
  });
}
