import { encodeBase64Url, encodeRecoveryKeyFields } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { authPublicKey, proveChange } from '../crypto/auth-proof.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery-key.js';
import { signHandle } from '../crypto/user-keys.js';
import { sealUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { isApiError, keeping } from '../errors.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { changing, ownHandle, remembering, type AccountContext, type ChangeStart } from './account-context.js';
import { chooseAccountSecret, NewPassword } from './password-keys.js';
import { checkNewLoginId, checkNewPassword } from './password-strength.js';
import { fetchChallenge, proven } from './proven.js';
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

/** @returns the loginId that the account has now */
export async function changePassword(context: AccountContext, change: PasswordChange): Promise<string> {
  const present = await presentPassword(context, change);
  try {
    return await changeWith(context, present, change);
  } catch (error) {
    // What counts by now is of an earlier call that asked for something else.
    if (present === change.password || !isApiError(error, 'auth.proof-refused')) throw error;
    return changeWith(context, change.password, change);
  }
}

/** The new password may count already, where the answer of an earlier call was lost. */
async function presentPassword(
  { api, state }: AccountContext,
  { password, newPassword }: PasswordChange,
): Promise<string> {
  const [begun, record] = [await state.record('begun-change'), await state.record('account')];
  if (newPassword === undefined || begun?.kind !== 'password' || record === null) return password;
  const { salt } = await fetchChallenge(api, record.loginId, record.suite);
  return encodeBase64Url(salt) === begun.salt ? newPassword : password;
}

async function changeWith(context: AccountContext, present: string, change: PasswordChange): Promise<string> {
  const newLoginId = change.newLoginId === undefined ? undefined : loginIdArgument(change.newLoginId);
  return changing(context, present, async (start) => {
    const loginId = newLoginId ?? start.account.loginId;
    if (change.newPassword !== undefined) await checkNewPassword(context, loginId, change.newPassword);
    else if (newLoginId !== undefined) await checkNewLoginId(context, newLoginId, present);
    for (let attempt = 1; ; attempt++) {
      try {
        await tryChange(context, start, { loginId, password: change.newPassword ?? change.password });
        return loginId;
      } catch (error) {
        if (attempt === HANDLE_ATTEMPTS || !isApiError(error, 'keys.handle-refused')) throw error;
      }
    }
  });
}

async function tryChange(
  context: AccountContext,
  start: ChangeStart,
  { loginId, password }: { readonly loginId: string; readonly password: string },
): Promise<void> {
  const { record, account, vaultKey, proof } = start;
  const { serviceId, userId } = record;
  const service = await checkService(context.api, context.address);
  const suite = suiteOfNewCredentials(service, record.suite);
  const handle = loginId === account.loginId ? {} : { handleSignature: await signNewHandle(context, record, loginId) };
  const accountSecret = chooseAccountSecret(undefined, record);
  const { credentialVersion } = account;
  const owner = { serviceId, userId, loginId, suite, accountSecret };
  const made = new NewPassword({ ...owner, password, vaultKey, credentialVersion, ...handle });
  const submit = () =>
    proven(context, {
      loginId: account.loginId,
      leastSuite: record.suite,
      // It shows in the salt, which this client has just made.
      isDone: async () => made.isIn(await fetchChallenge(context.api, loginId, record.suite)),
      send: (offered) =>
        context.userApi.changePassword(
          made.requestFor('change-password', offered.context, proof.keysFor(offered).authSeed),
        ),
    });
  try {
    await remembering(context.state, { kind: 'password', salt: made.salt }, submit);
  } finally {
    made.wipe();
  }
  await keeping('The account has changed: what was asked for opens it.', () =>
    keep(context, record, { loginId, suite }),
  );
}

async function keep(
  { state }: AccountContext,
  record: AccountRecord,
  changed: Pick<AccountRecord, 'loginId' | 'suite'>,
): Promise<void> {
  // Read anew: a rotation may have written it meanwhile.
  const present = (await state.record('account')) ?? record;
  const changes = new Changes().set('account', { ...present, ...changed }).remove('begun-change');
  await state.commit(changes.add(await ownHandle(state, { ...record, ...changed })));
}

async function signNewHandle(
  { ownKeys }: AccountContext,
  { serviceId, userId }: AccountRecord,
  loginId: string,
): Promise<Uint8Array> {
  const { version, seeds } = newestOwnKeys(await ownKeys.refresh());
  return signHandle({ serviceId, loginId, userId, version }, seeds.signSeed);
}

/** @returns the new recovery words, which nobody can show again */
export function replaceRecoveryKey(
  context: AccountContext,
  password: string,
  show: (words: string) => Promise<void>,
): Promise<string> {
  return changing(context, password, async (start) => {
    const recoveryKey = generateRecoveryKey();
    const keys = deriveRecoveryKeys(recoveryKey);
    try {
      const { serviceId, userId } = start.record;
      const unlock = sealUnlock(keys.wrapKey, { kind: 'recovery', serviceId, userId }, start.vaultKey);
      const publicKey = authPublicKey(keys.authSeed);
      const words = recoveryWords(recoveryKey);
      await show(words);
      await submitRecoveryKey(context, start, { unlock, publicKey, authSeed: keys.authSeed });
      return words;
    } finally {
      wipe(recoveryKey, keys.authSeed, keys.wrapKey);
    }
  });
}

async function submitRecoveryKey(
  context: AccountContext,
  { record, account, proof }: ChangeStart,
  made: { readonly unlock: Uint8Array; readonly publicKey: Uint8Array; readonly authSeed: Uint8Array },
): Promise<void> {
  const { userApi } = context;
  const { userId, loginId, credentialVersion } = account;
  const key = { recoveryAuthPublicKey: made.publicKey, recoveryUnlock: made.unlock };
  const fields = encodeRecoveryKeyFields({ userId, credentialVersion, ...key });
  await proven(context, {
    loginId,
    leastSuite: record.suite,
    isDone: async () => (await userApi.account()).recoveryAuthPublicKey === encodeBase64Url(made.publicKey),
    send: (offered) => {
      const seeds = { authSeed: proof.keysFor(offered).authSeed, newAuthSeed: made.authSeed };
      const proofs = proveChange('replace-recovery', fields, offered.context, seeds);
      return userApi.replaceRecoveryKey({
        loginId,
        credentialVersion,
        recoveryAuthPublicKey: encodeBase64Url(made.publicKey),
        recoveryUnlock: encodeBase64Url(made.unlock),
        challenge: offered.sent,
        proof: encodeBase64Url(proofs.proof),
        recoveryAuthKeySignature: encodeBase64Url(proofs.newKeySignature),
      });
    },
  });
}
