import { encodeDeleteAccountFields, encodeRecoveryKeyFields } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { proveChange } from '../crypto/auth-proof.js';
import { signHandle } from '../crypto/user-keys.js';
import { isApiError, keeping } from '../errors.js';
import { toWire } from '../http/json-shape.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { changing, remembering, type AccountContext, type ChangeStart } from './account-context.js';
import { chooseAccountSecret, newPassword, sealRecoveryKey, wipeKeys, type PasswordInput } from './credentials.js';
import { checkService, suiteOfNewCredentials } from './environment.js';
import { login } from './login.js';
import { checkNewLoginId, checkNewPassword } from './password-rules.js';
import { hasSalt, proofOf } from './proven.js';
import { isNobody } from './registration.js';
import { ownHandle } from './session.js';

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
async function presentPassword(context: AccountContext, { password, newPassword }: PasswordChange): Promise<string> {
  const [begun, record] = [await context.state.record('begun-change'), await context.state.record('account')];
  if (newPassword === undefined || begun?.kind !== 'password' || record === null) return password;
  const owner = { loginId: record.loginId, leastSuite: record.suite };
  return (await hasSalt(context, owner, begun.salt)) ? newPassword : password;
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
  { record, account, vaultKey, prove }: ChangeStart,
  { loginId, password }: Pick<PasswordInput, 'loginId' | 'password'>,
): Promise<void> {
  const { serviceId, userId } = record;
  const service = await checkService(context);
  const suite = suiteOfNewCredentials(service, record.suite);
  const handleSignature = loginId === account.loginId ? undefined : await signNewHandle(context, record, loginId);
  const made = newPassword({
    ...{ serviceId, userId, loginId, suite, password, vaultKey, handleSignature },
    accountSecret: chooseAccountSecret(undefined, record),
    credentialVersion: account.credentialVersion,
  });
  const submit = () =>
    prove({
      isDone: () => hasSalt(context, { loginId, leastSuite: record.suite }, made.salt),
      send: (offered, seed) => context.userApi.changePassword(made.requestFor('change-password', offered, seed)),
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
  const { userApi } = context;
  return changing(context, password, async ({ record, account, vaultKey, prove }) => {
    const { keys, fields, words } = sealRecoveryKey(record, vaultKey);
    const { userId, loginId, credentialVersion } = account;
    const payload = encodeRecoveryKeyFields({ userId, credentialVersion, ...fields });
    const body = { ...toWire(fields), loginId, credentialVersion };
    try {
      await show(words);
      await prove({
        isDone: async () => (await userApi.account()).recoveryAuthPublicKey === body.recoveryAuthPublicKey,
        send: ({ context: proven, sent }, authSeed) => {
          const seeds = { authSeed, newAuthSeed: keys.authSeed };
          const { proof, newKeySignature } = proveChange('replace-recovery', payload, proven, seeds);
          const proofs = toWire({ proof, recoveryAuthKeySignature: newKeySignature });
          return userApi.replaceRecoveryKey({ ...body, challenge: sent, ...proofs });
        },
      });
      return words;
    } finally {
      wipeKeys(keys);
    }
  });
}

/** Ends an account: at the server, and then in the storage. */
export async function eraseAccount(context: AccountContext, password: string): Promise<void> {
  try {
    await eraseAtServer(context, password);
  } catch (error) {
    const begun = await context.state.record('begun-change');
    if (begun?.kind !== 'erasure' || !isApiError(error, 'auth.session-ended')) throw error;
    // An earlier call, whose answer was lost, or a log-out elsewhere: the password tells.
    if (await signsIn(context, password)) await eraseAtServer(context, password);
  }
  await keeping('The account is erased: do the same again, or remove the storage.', () => context.state.clear());
  await context.close();
}

function eraseAtServer(context: AccountContext, password: string): Promise<void> {
  return changing(context, password, async ({ account, prove }) => {
    const { userId, loginId, credentialVersion } = account;
    const fields = encodeDeleteAccountFields({ userId, credentialVersion });
    const erase = () =>
      prove({
        isDone: () => isOver(context),
        send: (offered, authSeed) => {
          const proof = proofOf('delete-account', fields, offered, authSeed);
          return context.userApi.eraseAccount({ loginId, credentialVersion, ...proof });
        },
      });
    await remembering(context.state, { kind: 'erasure' }, erase);
  });
}

/** A try whose answer was lost has ended this session, as nothing else does but a log-out elsewhere. */
async function isOver({ userApi }: AccountContext): Promise<boolean> {
  try {
    await userApi.account();
    return false;
  } catch (error) {
    if (isApiError(error, 'auth.session-ended')) return true;
    throw error;
  }
}

/** false: no account has this loginId and password. */
async function signsIn(context: AccountContext, password: string): Promise<boolean> {
  const record = await context.state.record('account');
  if (record === null) return false;
  try {
    await login(context, { loginId: record.loginId, password }, record.userId);
  } catch (error) {
    if (isNobody(error)) return false;
    throw error;
  }
  // There are newer ones in the storage.
  context.userApi.access.forgetTokens();
  return true;
}
