import { encodeBase64Url, uuidV7, type RegisterJson } from '@sealpost/protocol';
import { checkPasswordArgument, loginIdArgument } from '../arguments.js';
import { pinOfChain } from '../trust/chain-pin.js';
import { proveRegistration } from '../crypto/auth-proof.js';
import { randomBytes } from '../crypto/primitives.js';
import { ApiError, ClientError, isApiError, keeping, tidying } from '../errors.js';
import { proverOf, type SessionKey } from '../http/session-proof.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import { Changes, handleKey } from '../state/client-state.js';
import type { Environment } from './environment.js';
import { login, tokensOf, type LoginInput } from './login.js';
import {
  ACCOUNT_MADE,
  BegunAccount,
  draftJson,
  finishBegun,
  isNobody,
  makeAccountDraft,
  proofsJson,
  wipeDraft,
  type AccountDraft,
} from './new-account.js';
import { chooseAccountSecret } from './password-keys.js';
import { checkNewPassword } from './password-strength.js';
import { proven, type Offered } from './proven.js';
import { newSessionKey, thumbprintOf, type NewSessionKey } from './session-keys.js';
import { checkService, suiteOfNewCredentials } from './service-check.js';

export interface RegisterInput extends LoginInput {
  /** Where the service registers by invitation. */
  readonly invitation?: string;
}

/**
 * Registers a new user and keeps the session. Where an earlier attempt with this storage may have been carried out without
 * its answer, that is finished.
 * @returns the recovery words, which nobody can show again; see handingOver()
 */
export async function register(environment: Environment, options: RegisterInput): Promise<string> {
  const loginId = loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const finished = await finishBegun(environment, options, loginId);
  if (finished !== null) return finished;
  if ((await environment.state.record('account')) !== null) {
    throw new ClientError('storage.other-account', 'The storage belongs to an account already');
  }
  await checkNewPassword(environment, loginId, options.password);
  const service = await checkService(environment.api, environment.address);
  const draft = newDraft(environment, options, suiteOfNewCredentials(service, environment.address.minimumSuite));
  try {
    const begun = await BegunAccount.keep(environment, draft);
    const sessionKey = await newSessionKey(environment.state);
    const answer = await submit(environment, options, draft, { begun, sessionKey });
    await keeping(ACCOUNT_MADE, () =>
      answer instanceof ApiError
        ? loginInstead(environment, options, draft, { refusal: answer, begun })
        : keepSession(environment, draft, answer, sessionKey),
    );
  } finally {
    wipeDraft(draft);
  }
  return draft.words;
}

function newDraft(environment: Environment, options: RegisterInput, suite: number): AccountDraft {
  const now = environment.now();
  return makeAccountDraft({
    serviceId: environment.address.serviceId,
    userId: uuidV7(now, randomBytes(10)),
    loginId: loginIdArgument(options.loginId),
    suite,
    password: options.password,
    accountSecret: chooseAccountSecret(options.accountSecret, null),
    vaultVersion: 1,
    now,
  });
}

/** @returns the refusal where an earlier try, whose answer was lost, may have been taken */
async function submit(
  environment: Environment,
  options: RegisterInput,
  draft: AccountDraft,
  { begun, sessionKey }: { readonly begun: BegunAccount; readonly sessionKey: SessionKey },
): Promise<RegisterJson | ApiError> {
  const { loginId, fields, passwordKeys, recoveryKeys } = draft;
  const send = async ({ context, sent }: Offered, inDoubt: boolean): Promise<RegisterJson | ApiError> => {
    const seeds = { authSeed: passwordKeys.authSeed, recoveryAuthSeed: recoveryKeys.authSeed };
    const proof = proveRegistration(fields, context, seeds, thumbprintOf(sessionKey));
    try {
      const body = { ...requestOf(options, draft), ...proofsJson(sent, proof) };
      return await environment.api.register(body, proverOf(sessionKey));
    } catch (error) {
      // Not only a taken loginId: the invitation, too, may have been used up by this very registration.
      const spent = isApiError(error, 'auth.challenge-refused', 'auth.challenge-used');
      const refused = error instanceof ApiError && error.status < 500 && !spent;
      if (refused && inDoubt) return error;
      if (refused) await begun.refused();
      throw error;
    }
  };
  return proven(environment, { loginId, leastSuite: 0, send });
}

/** The userId is new and random: if the password opens that user, it was this registration that made it. */
async function loginInstead(
  environment: Environment,
  options: RegisterInput,
  { fields }: AccountDraft,
  { refusal, begun }: { readonly refusal: ApiError; readonly begun: BegunAccount },
): Promise<void> {
  try {
    await login(environment, options, fields.userId);
  } catch (error) {
    if (!isNobody(error)) throw error;
    await begun.refused();
    throw refusal;
  }
}

function requestOf({ invitation, sessionName }: RegisterInput, draft: AccountDraft) {
  return {
    ...draftJson(draft),
    ...(invitation === undefined ? {} : { invitation }),
    ...(sessionName === undefined ? {} : { sessionName }),
  };
}

async function keepSession(
  environment: Environment,
  draft: AccountDraft,
  answer: RegisterJson,
  sessionKey: NewSessionKey,
): Promise<void> {
  const { serviceId } = environment.address;
  const { fields, loginId, statement, vaultKey, accountSecret } = draft;
  const { userId } = fields;
  if (answer.userId !== userId) {
    throw new ClientError('client.bad-answer', 'The server registered another userId than it was given');
  }
  const chain = { serviceId, userId, statements: [statement], acceptedRoot: 1 };
  const vault = encodeBase64Url(fields.vault);
  const changes = new Changes()
    .set('account', {
      serviceId,
      userId,
      loginId,
      suite: fields.suite,
      ...(accountSecret === undefined ? {} : { accountSecret: encodeBase64Url(accountSecret) }),
      vaultVersion: 1,
    })
    .set('session', sessionRecordOf(answer.sessionId, vaultKey, { vault, vaultVersion: 1, keyVersion: 1 }))
    .set('tokens', tokensOf(answer))
    .set('known-device', { token: answer.deviceToken })
    .set('proof-key', sessionKey.record)
    .pin(pinOfChain(chain))
    .put(handleKey(loginId), { userId });
  await environment.state.commit(changes);
  await tidying(environment.state.dropOtherKeys());
}
