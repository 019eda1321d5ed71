import { encodeBase64Url, encodeDeleteAccountFields } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { isApiError, keeping } from '../errors.js';
import { ownIdentity, proofOf, remembering, type AccountContext } from './account-context.js';
import { login } from './login.js';
import { isNobody } from './new-account.js';
import { proven } from './proven.js';

/** Ends an account: at the server, and then in the storage. */
export async function eraseAccount(context: AccountContext, password: string): Promise<void> {
  checkPasswordArgument(password);
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

async function eraseAtServer(context: AccountContext, password: string): Promise<void> {
  const { record, account } = await ownIdentity(context);
  const { userId, loginId, credentialVersion } = account;
  const payloadHash = authPayloadHash('delete-account', encodeDeleteAccountFields({ userId, credentialVersion }));
  const proof = proofOf(context, record, password);
  const erase = () =>
    proven(context, {
      loginId,
      leastSuite: record.suite,
      isDone: () => isOver(context),
      send: (offered) => {
        const signature = proveAction('delete-account', offered.context, payloadHash, proof.keysFor(offered).authSeed);
        const sent = { challenge: offered.sent, proof: encodeBase64Url(signature) };
        return context.userApi.eraseAccount({ loginId, credentialVersion, ...sent });
      },
    });
  try {
    await remembering(context.state, { kind: 'erasure' }, erase);
  } finally {
    proof.wipe();
  }
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
  context.access.forgetTokens();
  return true;
}
