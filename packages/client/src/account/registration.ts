import {
  encodeBase64Url,
  uuidV7,
  type RegisterFields,
  type RegisterJson,
  type RegisterRequestJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { checkPasswordArgument, loginIdArgument } from '../arguments.js';
import { pinOfChain, signedStatementJson } from '../contacts/chain-pin.js';
import { authPublicKey, proveRegistration } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { randomBytes } from '../crypto/primitives.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery.js';
import { generateSeeds, makeStatement, signHandle } from '../crypto/user-keys.js';
import { generateVaultKey, sealUnlock, sealVault } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ApiError, ClientError, isApiError } from '../errors.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import { Changes, handleKey } from '../state/client-state.js';
import { chooseAccountSecret } from './account-secret.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import type { Environment } from './environment.js';
import { login, tokensOf, type LoginOptions } from './login.js';
import { checkService, checkSuite } from './service-check.js';

export interface RegisterOptions extends LoginOptions {
  /** Where the service registers by invitation. */
  readonly invitation?: string;
}

/** Everything about a new account that does not depend on the server's challenge. */
interface Draft {
  readonly loginId: string;
  readonly fields: RegisterFields;
  readonly statement: VerifiedStatement;
  readonly vaultKey: Uint8Array;
  readonly passwordKeys: CredentialKeys;
  readonly recoveryKeys: CredentialKeys;
  readonly words: string;
  readonly accountSecret: Uint8Array | undefined;
}

/** Registers a new user and keeps the session. @returns the recovery words, which nobody can show again */
export async function register(environment: Environment, options: RegisterOptions): Promise<string> {
  if ((await environment.state.record('account')) !== null) {
    throw new ClientError('storage.other-account', 'The storage belongs to an account already');
  }
  loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const service = await checkService(environment.api, environment.address);
  checkSuite(service.passwordSuite, 0);
  const draft = makeDraft(environment, options, service.passwordSuite);
  try {
    const answer = await submit(environment, options, draft);
    if (answer instanceof ApiError) await loginInstead(environment, options, draft, answer);
    else await keepSession(environment, draft, answer);
  } finally {
    const { passwordKeys, recoveryKeys, vaultKey } = draft;
    wipe(passwordKeys.authSeed, passwordKeys.wrapKey, recoveryKeys.authSeed, recoveryKeys.wrapKey, vaultKey);
  }
  return draft.words;
}

function makeDraft(environment: Environment, options: RegisterOptions, suite: number): Draft {
  const { serviceId } = environment.address;
  const now = environment.now();
  const loginId = loginIdArgument(options.loginId);
  const userId = uuidV7(now, randomBytes(10));
  const salt = randomBytes(32);
  const accountSecret = chooseAccountSecret(options.accountSecret, null);
  const secret = accountSecret === undefined ? {} : { accountSecret };
  const passwordKeys = derivePasswordKeys({ suite, serviceId, loginId, salt, password: options.password, ...secret });
  const recoveryKey = generateRecoveryKey();
  const recoveryKeys = deriveRecoveryKeys(recoveryKey);
  const words = recoveryWords(recoveryKey);
  const vaultKey = generateVaultKey();
  const seeds = generateSeeds();
  const statement = makeStatement({ serviceId, userId, seeds, now });
  const header = { serviceId, userId, vaultVersion: 1, keyVersion: 1, keysHash: statement.keysHash };
  const unlock = { kind: 'password', serviceId, userId, suite, loginId, salt } as const;
  const fields: RegisterFields = {
    userId,
    suite,
    salt,
    authPublicKey: authPublicKey(passwordKeys.authSeed),
    keysHash: statement.keysHash,
    handleSignature: signHandle({ serviceId, loginId, userId, version: 1 }, seeds.signSeed),
    vault: sealVault(vaultKey, header, { keys: [{ version: 1, ...seeds }], records: [] }),
    passwordUnlock: sealUnlock(passwordKeys.wrapKey, unlock, vaultKey),
    recoveryAuthPublicKey: authPublicKey(recoveryKeys.authSeed),
    recoveryUnlock: sealUnlock(recoveryKeys.wrapKey, { kind: 'recovery', serviceId, userId }, vaultKey),
  };
  wipe(recoveryKey, seeds.signSeed, seeds.boxSeed, seeds.kemSeed);
  return { loginId, fields, statement, vaultKey, passwordKeys, recoveryKeys, words, accountSecret };
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
    const proofs = {
      challenge: encodeBase64Url(challenge),
      proof: encodeBase64Url(proof.proof),
      authKeySignature: encodeBase64Url(proof.authKeySignature),
      recoveryAuthKeySignature: encodeBase64Url(proof.recoveryAuthKeySignature),
    };
    try {
      return await environment.api.register({ ...requestOf(options, draft), ...proofs });
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

type Proofs = 'challenge' | 'proof' | 'authKeySignature' | 'recoveryAuthKeySignature';

function requestOf(options: RegisterOptions, { fields, loginId, statement }: Draft): Omit<RegisterRequestJson, Proofs> {
  return {
    userId: fields.userId,
    loginId,
    suite: fields.suite,
    salt: encodeBase64Url(fields.salt),
    authPublicKey: encodeBase64Url(fields.authPublicKey),
    keys: signedStatementJson(statement),
    handleSignature: encodeBase64Url(fields.handleSignature),
    vault: encodeBase64Url(fields.vault),
    passwordUnlock: encodeBase64Url(fields.passwordUnlock),
    recoveryAuthPublicKey: encodeBase64Url(fields.recoveryAuthPublicKey),
    recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
    ...(options.invitation === undefined ? {} : { invitation: options.invitation }),
    ...(options.sessionName === undefined ? {} : { sessionName: options.sessionName }),
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
