import {
  encodeBase64Url,
  requireBase64Url,
  type LoginJson,
  type LoginRequestJson,
  type TokensJson,
  type VaultJson,
} from '@sealpost/protocol';
import { checkPasswordArgument, loginIdArgument } from '../arguments.js';
import { acceptRoot, extendChain, newestOf, verifyChain, type KeyChain } from '../trust/chain.js';
import { chainOfPin, pinOfChain } from '../trust/chain-pin.js';
import { fetchStatements } from '../contacts/chain-source.js';
import { refusingKeys } from '../trust/contact-errors.js';
import { RewoundChains } from '../contacts/rewound-chains.js';
import { proveLogin } from '../crypto/auth-proof.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import type { CredentialKeys } from '../crypto/password.js';
import { openUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError, isApiError, LoginRefused, tidying } from '../errors.js';
import { Access } from '../http/access.js';
import { proverOf, type SessionKey } from '../http/session-proof.js';
import { UserApi } from '../http/user-api.js';
import { abortable } from '../http/call-options.js';
import { openOwnVault, sessionRecordOf } from '../keys/vault-box.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { ownHandle } from './account-context.js';
import type { Environment } from './environment.js';
import { passwordHints } from './password-hints.js';
import { chooseAccountSecret, PasswordProof } from './password-keys.js';
import { proven, type Challenge, type Offered } from './proven.js';
import { settleRestored } from './restored-account.js';
import { checkService, leastSuite, requireService } from './service-check.js';
import { newSessionKey, thumbprintOf, type NewSessionKey } from './session-keys.js';

/** How often the vault is fetched again because a rotation came between it and the chain. */
const VAULT_ATTEMPTS = 3;

export interface LoginInput extends RestoredOptions {
  readonly loginId: string;
  readonly password: string;
  /** Shown in the list of sessions; default: none. */
  readonly sessionName?: string;
  /** Optional 32-byte secret that the user's devices hold besides the password (protocol section 2). */
  readonly accountSecret?: Uint8Array;
}

/** What a log-in may consent to beforehand. */
export interface RestoredOptions {
  /**
   * Consents beforehand to what a RestoredAccountWarning asks for: the server was restored from a backup, and shows older
   * keys of this account, or an older password suite, than this storage has seen. Only for a user who was asked.
   */
  readonly acceptRestored?: boolean;
}

/** A successful log-in whose keys are not opened yet. */
interface Answered {
  readonly answer: LoginJson;
  readonly challenge: Challenge;
  readonly keys: CredentialKeys;
  /** What the keys are of. */
  readonly present: PasswordProof;
  readonly sessionKey: NewSessionKey;
}

/**
 * Logs in, opens the vault, and keeps the session. Everything that the server says is held against what this client has
 * seen before: suite, user, key chain, vault version.
 * @param expectedUserId where another user of the same name would be the wrong one
 */
export async function login(environment: Environment, options: LoginInput, expectedUserId?: string): Promise<void> {
  const loginId = loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const account = await environment.state.record('account');
  requireService(account, environment.address);
  await checkService(environment.api, environment.address);
  const accountSecret = chooseAccountSecret(options.accountSecret, account);
  const answered = await answerChallenge(environment, { ...options, loginId }, account, accountSecret);
  const userId = expectedUserId ?? account?.userId ?? answered.answer.userId;
  const { present } = answered;
  try {
    if (answered.answer.userId !== userId) throw otherUser({ loginId, userId, account });
    const { answer, challenge, keys, sessionKey } = answered;
    const vaultKey = openPasswordUnlock(answer, environment.address.serviceId, loginId, challenge, keys.wrapKey);
    const { acceptRestored = false } = options;
    const opened = { answer, loginId, suite: challenge.suite, vaultKey, accountSecret };
    const session = { ...opened, acceptRestored, sessionKey };
    await keepSession(environment, session, account).finally(() => {
      wipe(vaultKey);
    });
  } catch (error) {
    await endUnkept(environment, apiWith(environment, answered.answer, answered.sessionKey));
    throw error;
  } finally {
    present.wipe();
  }
}

/** A loginId may change, the user that it led to may not. */
function otherUser(expected: {
  readonly loginId: string;
  readonly userId: string;
  readonly account: AccountRecord | null;
}): ClientError {
  const { loginId, userId, account } = expected;
  if (account !== null && account.loginId !== loginId) {
    return new ClientError('storage.other-account', `The storage belongs to ${account.loginId}`);
  }
  return new ClientError('login.user-differs', `${loginId} was user ${userId}, the server says another`);
}

async function answerChallenge(
  environment: Environment,
  options: LoginInput,
  account: AccountRecord | null,
  accountSecret: Uint8Array | undefined,
): Promise<Answered> {
  const { serviceId } = environment.address;
  const { loginId, password } = options;
  const present = new PasswordProof({ serviceId, loginId, accountSecret }, password);
  const sessionKey = await newSessionKey(environment.state);
  const send = async (offered: Offered): Promise<Answered> => {
    const keys = present.keysFor(offered);
    const proof = proveLogin(offered.context, keys.authSeed, thumbprintOf(sessionKey));
    const body: LoginRequestJson = {
      loginId,
      challenge: offered.sent,
      signature: encodeBase64Url(proof),
      ...(options.sessionName === undefined ? {} : { sessionName: options.sessionName }),
    };
    const answer = await environment.api.login(body, proverOf(sessionKey));
    return { answer, challenge: offered, keys, present, sessionKey };
  };
  const least = leastSuite(environment.address, options.acceptRestored === true ? null : account);
  return proven(environment, { loginId, leastSuite: least, send }).catch((error: unknown) => {
    present.wipe();
    throw isApiError(error, 'auth.login-refused') ? new LoginRefused(error, passwordHints(password)) : error;
  });
}

/** A session that the server has opened, with the vault key that its answer held. */
interface OpenedSession {
  readonly answer: LoginJson;
  readonly loginId: string;
  readonly suite: number;
  readonly vaultKey: Uint8Array;
  readonly accountSecret: Uint8Array | undefined;
  readonly acceptRestored: boolean;
  readonly sessionKey: NewSessionKey;
}

async function keepSession(
  environment: Environment,
  { answer, loginId, suite, vaultKey, accountSecret, acceptRestored, sessionKey }: OpenedSession,
  account: AccountRecord | null,
): Promise<void> {
  const api = apiWith(environment, answer, sessionKey);
  let vault: VaultJson = answer;
  const least = acceptRestored
    ? await settleRestored(environment, api, { loginId, vaultKey, answer }, account)
    : account;
  let chain = await ownChain(environment, api, answer.userId);
  // Another device may have rotated since the answer was made, and may do so again.
  for (let attempt = 1; newestOf(chain).version > vault.keyVersion && attempt <= VAULT_ATTEMPTS; attempt++) {
    vault = await api.vault();
    chain = await ownChain(environment, api, answer.userId);
  }
  const opened = openOwnVault(vaultKey, vault, chain, least?.vaultVersion ?? 0);
  const record: AccountRecord = {
    serviceId: environment.address.serviceId,
    userId: answer.userId,
    loginId,
    suite,
    ...(accountSecret === undefined ? {} : { accountSecret: encodeBase64Url(accountSecret) }),
    vaultVersion: opened.vaultVersion,
    ...(account?.service === true ? { service: true } : {}),
  };
  const changes = new Changes()
    .set('account', record)
    .set('session', sessionRecordOf(answer.sessionId, vaultKey, opened))
    .set('tokens', tokensOf(answer))
    .set('known-device', { token: answer.deviceToken })
    .set('proof-key', sessionKey.record)
    // Whatever became of it, the vault that was just opened knows: it must not be sent on top of that.
    .remove('rotation')
    // The vault, which holds its keys, vouches for a chain that has begun anew.
    .pin(pinOfChain(acceptRoot(chain)));
  await environment.state.commit(changes.add(await ownHandle(environment.state, record)));
  await tidying(environment.state.dropOtherKeys());
}

/** A wrong password never gets here: the server has refused it. So this is about what the server returned. */
function openPasswordUnlock(
  answer: LoginJson,
  serviceId: string,
  loginId: string,
  { suite, salt }: Challenge,
  wrapKey: Uint8Array,
): Uint8Array {
  const header = { kind: 'password', serviceId, userId: answer.userId, loginId, suite, salt } as const;
  try {
    return openUnlock(wrapKey, header, requireBase64Url(answer.passwordUnlock, 'passwordUnlock'));
  } catch (cause) {
    if (!(cause instanceof CryptoRefused)) throw cause;
    throw new ClientError('vault.unlock-refused', 'The server’s unlock does not belong to this password', { cause });
  }
}

/** The user's own chain. Nobody vouches for it but the vault, which names its newest statement and holds its keys. */
export async function ownChain({ address, state, now }: Environment, api: UserApi, userId: string): Promise<KeyChain> {
  const statements = await fetchStatements(api, userId, 1);
  const pin = await state.chain(userId);
  if (pin === null)
    return refusingKeys(userId, () => verifyChain({ serviceId: address.serviceId, userId }, statements));
  const pinned = chainOfPin(pin);
  const rewound = new RewoundChains(api, state, address.serviceId, now, userId);
  return rewound.judging(userId, pinned, () => extendChain(pinned, statements, { complete: true }));
}

/** With the tokens of a session that is not kept yet. */
export function apiWith({ transport }: Environment, tokens: TokensJson, key: SessionKey): UserApi {
  const store = { readTokens: async () => tokens, writeTokens: async () => undefined, sessionKey: async () => key };
  return new UserApi(new Access(transport, store));
}

/** A session that nobody keeps must not stay open; whether the server hears it does not matter any more. */
export async function endUnkept(environment: Environment, api: UserApi): Promise<void> {
  environment.transport.opened();
  // It is told even where the call was aborted, though nobody waits for it then.
  const told = api.logout().catch(() => undefined);
  await abortable(environment, () => told).catch(() => undefined);
}

export function tokensOf(answer: TokensJson): TokensJson {
  const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, deviceToken } = answer;
  return { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, deviceToken };
}
