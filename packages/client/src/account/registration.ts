import { encodeBase64Url, uuidV7, type RegisterJson } from '@sealpost/protocol';
import { checkPasswordArgument, loginIdArgument } from '../arguments.js';
import { pinOfChain } from '../contacts/chain-pin.js';
import { proveRegistration } from '../crypto/auth-proof.js';
import { randomBytes } from '../crypto/primitives.js';
import { ApiError, ClientError, isApiError } from '../errors.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import { Changes, handleKey } from '../state/client-state.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import { draftJson, makeDraft, proofsJson, wipeDraft, type Draft } from './draft.js';
import type { Environment } from './environment.js';
import { login, tokensOf, type LoginOptions } from './login.js';
import { checkService, suiteOfNewCredentials } from './service-check.js';

export interface RegisterOptions extends LoginOptions {
  /** Where the service registers by invitation. */
  readonly invitation?: string;
}

/** Registers a new user and keeps the session. @returns the recovery words, which nobody can show again */
export async function register(environment: Environment, options: RegisterOptions): Promise<string> {
  if ((await environment.state.record('account')) !== null) {
    throw new ClientError('storage.other-account', 'The storage belongs to an account already');
  }
  loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const service = await checkService(environment.api, environment.address);
  const draft = newDraft(environment, options, suiteOfNewCredentials(service, 0));
  try {
    const answer = await submit(environment, options, draft);
    if (answer instanceof ApiError) await loginInstead(environment, options, draft, answer);
    else await keepSession(environment, draft, answer);
  } finally {
    wipeDraft(draft);
  }
  return draft.words;
}

function newDraft(environment: Environment, options: RegisterOptions, suite: number): Draft {
  const now = environment.now();
  return makeDraft({
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
  options: RegisterOptions,
  draft: Draft,
): Promise<RegisterJson | ApiError> {
  const { serviceId } = environment.address;
  return withFreshChallenge(async (inDoubt) => {
    const { challenge } = await fetchChallenge(environment.api, draft.loginId, 0);
    const context = { serviceId, loginId: draft.loginId, challenge };
    const { passwordKeys, recoveryKeys } = draft;
    const proof = proveRegistration(draft.fields, context, passwordKeys.authSeed, recoveryKeys.authSeed);
    try {
      return await environment.api.register({ ...requestOf(options, draft), ...proofsJson(challenge, proof) });
    } catch (error) {
      // Not only a taken loginId: the invitation, too, may have been used up by this very registration.
      const spent = isApiError(error, 'auth.challenge-refused', 'auth.challenge-used');
      if (inDoubt && error instanceof ApiError && error.status < 500 && !spent) return error;
      throw error;
    }
  });
}

/** The userId is new and random: if the password opens that user, it was this registration that made it. */
async function loginInstead(
  environment: Environment,
  options: RegisterOptions,
  { fields }: Draft,
  refusal: ApiError,
): Promise<void> {
  try {
    await login(environment, options, fields.userId);
  } catch (error) {
    const others = error instanceof ClientError && error.code === 'login.user-differs';
    throw others || isApiError(error, 'auth.login-refused') ? refusal : error;
  }
}

function requestOf({ invitation, sessionName }: RegisterOptions, draft: Draft) {
  return {
    ...draftJson(draft),
    ...(invitation === undefined ? {} : { invitation }),
    ...(sessionName === undefined ? {} : { sessionName }),
  };
}

async function keepSession(environment: Environment, draft: Draft, answer: RegisterJson): Promise<void> {
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
    .pin(pinOfChain(chain))
    .put(handleKey(loginId), { userId });
  await environment.state.commit(changes);
}
