import {
  decodeBase64Url,
  decodeKeyStatement,
  encodeResetKeysFields,
  ProtocolError,
  type OpenResetJson,
  type ResetClaimJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { signedStatementOf } from '../trust/chain-pin.js';
import { refusingKeys } from '../trust/contact-errors.js';
import { proveNewAccount } from '../crypto/auth-proof.js';
import { sha256 } from '../crypto/primitives.js';
import { ApiError, ClientError, isApiError, keeping } from '../errors.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import {
  ACCOUNT_MADE,
  BegunAccount,
  draftJson,
  finishBegun,
  makeAccountDraft,
  proofsJson,
  wipeDraft,
  type AccountDraft,
} from './new-account.js';
import { chooseAccountSecret } from './password-keys.js';
import { checkNewPassword } from './password-strength.js';
import { fetchChallenge, proven, type Offered } from './proven.js';
import { checkService, requireService, suiteOfNewCredentials } from './service-check.js';

const CLAIM_TOKEN_BYTES = 32;

/** What comes next, if there is such an account. */
export interface RequestedReset extends Pick<ResetClaimJson, 'proofs'> {
  /** From the proof to the reset. */
  readonly delayMs: number;
}

/** `password` is the new one. */
export interface ResetOptions extends LoginInput {
  /** From the mail, or from the administrator. */
  readonly claimToken: string;
}

export async function requestReset(environment: Environment, loginId: string): Promise<RequestedReset> {
  const given = loginIdArgument(loginId);
  await checkService(environment.api, environment.address);
  const { proofs, delaySeconds } = await environment.api.claimReset({ loginId: given });
  return { proofs, delayMs: delaySeconds * 1000 };
}

/**
 * Begins the account anew and signs in. In a storage that belongs to it, what was seen of others still counts.
 * @returns the new recovery words, which nobody can show again
 */
export async function resetKeys(environment: Environment, options: ResetOptions): Promise<string> {
  const loginId = loginIdArgument(options.loginId);
  await checkNewPassword(environment, loginId, options.password);
  const claimToken = claimTokenArgument(options.claimToken);
  const account = await environment.state.record('account');
  if (account !== null && account.loginId !== loginId) {
    throw new ClientError('storage.other-account', `The storage belongs to ${account.loginId}`);
  }
  requireService(account, environment.address);
  const service = await checkService(environment.api, environment.address);
  const finished = await finishBegun(environment, options, loginId);
  if (finished !== null) return finished;
  // Nobody knows the old password any more, but the account shows its suite to whoever asks for a challenge.
  const present = await fetchChallenge(environment.api, loginId, account?.suite ?? 0);
  const opened = await environment.api.openReset({ loginId, claimToken: options.claimToken.trim() });
  const draft = makeAccountDraft({
    ...ownerOf(environment, opened, account),
    loginId,
    suite: suiteOfNewCredentials(service, Math.max(present.suite, environment.address.minimumSuite)),
    password: options.password,
    accountSecret: chooseAccountSecret(options.accountSecret, account),
    vaultVersion: opened.vaultVersion + 1,
    lost: lostStatement(environment, opened),
    now: environment.now(),
  });
  try {
    const begun = await BegunAccount.keep(environment, draft);
    const refusal = await submit(environment, draft, { claimToken, begun, options });
    await keeping(ACCOUNT_MADE, () => signIn(environment, options, draft, { refusal, begun }));
  } finally {
    wipeDraft(draft);
  }
  return draft.words;
}

function claimTokenArgument(text: string): Uint8Array {
  const token = decodeBase64Url(text.trim());
  if (token?.length === CLAIM_TOKEN_BYTES) return token;
  throw new ClientError('client.invalid-argument', 'This is not a whole claim token');
}

function ownerOf({ address }: Environment, { userId }: OpenResetJson, account: AccountRecord | null) {
  if (account !== null && account.userId !== userId) {
    throw new ClientError(
      'login.user-differs',
      `${account.loginId} was user ${account.userId}, the server says another`,
    );
  }
  return { serviceId: address.serviceId, userId };
}

/**
 * The statement that the new keys come after. Whether all before it holds is seen at the log-in; if it does not, nobody
 * accepts the new keys, and the old ones were lost anyway.
 */
function lostStatement({ address }: Environment, { userId, keys }: OpenResetJson): VerifiedStatement {
  return refusingKeys(userId, () => {
    const signed = signedStatementOf(keys);
    const statement = decodeKeyStatement(signed.statement);
    // A version that the server names, and that leaves room for the next one.
    if (statement.version !== keys.version) throw new ProtocolError('out-of-range', 'version');
    if (statement.userId !== userId || statement.serviceId !== address.serviceId) {
      throw new ProtocolError('out-of-range', 'statement');
    }
    return { ...statement, ...signed, keysHash: sha256(signed.statement) };
  });
}

/** @returns the refusal where an earlier try, whose answer was lost, may have used the token up */
async function submit(
  environment: Environment,
  draft: AccountDraft,
  { claimToken, begun, options }: { claimToken: Uint8Array; begun: BegunAccount; options: ResetOptions },
): Promise<ApiError | null> {
  const fields = encodeResetKeysFields({ ...draft.fields, claimTokenHash: sha256(claimToken) });
  const vaultVersion = draft.vaultVersion;
  const send = async ({ context, sent }: Offered, inDoubt: boolean): Promise<ApiError | null> => {
    const keys = { authSeed: draft.passwordKeys.authSeed, recoveryAuthSeed: draft.recoveryKeys.authSeed };
    const proofs = proofsJson(sent, proveNewAccount('reset-keys', fields, context, keys));
    try {
      await environment.api.reset({
        ...draftJson(draft),
        vaultVersion,
        claimToken: options.claimToken.trim(),
        ...proofs,
      });
      return null;
    } catch (error) {
      if (inDoubt && isApiError(error, 'auth.claim-refused')) return error;
      if (!inDoubt && error instanceof ApiError && error.status < 500) await begun.refused();
      throw error;
    }
  };
  return proven(environment, { loginId: draft.loginId, leastSuite: 0, send });
}

/** With the new password, which opens the account if, and only if, it was this reset that used the token up. */
async function signIn(
  environment: Environment,
  options: ResetOptions,
  { fields }: AccountDraft,
  { refusal, begun }: { readonly refusal: ApiError | null; readonly begun: BegunAccount },
): Promise<void> {
  // Begun with keys that are given up.
  await environment.state.commit(new Changes().remove('rotation'));
  try {
    await login(environment, options, fields.userId);
  } catch (error) {
    if (refusal === null || !isApiError(error, 'auth.login-refused')) throw error;
    await begun.refused();
    throw refusal;
  }
}
