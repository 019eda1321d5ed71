import {
  encodeBase64Url,
  requireBase64Url,
  sessionKeyThumbprintBytes,
  type TokensJson,
  type VaultJson,
} from '@sealpost/protocol';
import { fetchStatements } from '../contacts/chain-source.js';
import { RewoundChains } from '../contacts/rewound-chains.js';
import { randomBytes, sha256, sign, signingPublicKey } from '../crypto/primitives.js';
import { wiping } from '../crypto/wipe.js';
import { sessionKeyLost, tidying } from '../errors.js';
import { Access } from '../http/access.js';
import { abortable } from '../http/call-options.js';
import type { SessionKey } from '../http/session-proof.js';
import { UserApi } from '../http/user-api.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import { Changes, handleKey, type ClientState } from '../state/client-state.js';
import type { AccountRecord, SessionKeyRecord } from '../state/records.js';
import { acceptRoot, extendChain, verifyChain, type KeyChain } from '../trust/chain.js';
import { chainOfPin, pinOfChain } from '../trust/chain-pin.js';
import { refusingKeys } from '../trust/contact-errors.js';
import type { Environment } from './environment.js';

/** A key that no session is bound to yet, and what the storage has to keep for it together with the session. */
export interface NewSessionKey extends SessionKey {
  readonly record: SessionKeyRecord;
}

/**
 * A new key for a new session: one that cannot be taken out where the storage can hold such, else a seed. It counts once
 * its record is kept.
 */
export async function newSessionKey(state: ClientState): Promise<NewSessionKey> {
  const held = await state.heldKeys?.generate();
  if (held !== undefined && held !== null) return { ...held.key, record: { held: held.id } };
  const seed = randomBytes(32);
  return wiping([seed], () => {
    const text = encodeBase64Url(seed);
    return { ...keyOfSeed(text), record: { seed: text } };
  });
}

/**
 * The key of the session that is kept; null where that is bound to none.
 * @throws ClientError `session.key-lost`
 */
export async function presentSessionKey(state: ClientState): Promise<SessionKey | null> {
  const record = await state.record('proof-key');
  if (record === null) return null;
  if ('seed' in record) return keyOfSeed(record.seed);
  const key = await state.heldKeys?.find(record.held);
  if (key === undefined || key === null) throw sessionKeyLost();
  return key;
}

/** RFC 7638, 32 bytes. */
export function thumbprintOf({ publicKey }: SessionKey): Uint8Array {
  return sha256(sessionKeyThumbprintBytes(publicKey));
}

function keyOfSeed(text: string): SessionKey {
  const bytes = () => requireBase64Url(text, 'seed', 32);
  const once = bytes();
  return {
    publicKey: wiping([once], () => signingPublicKey(once)),
    sign: async (message) => {
      const seed = bytes();
      return wiping([seed], () => sign(message, seed));
    },
  };
}

/** A session that the server has opened, and what the client has made sure of. */
export interface NewSession {
  readonly account: Pick<AccountRecord, 'userId' | 'loginId' | 'suite' | 'service'>;
  readonly accountSecret: Uint8Array | undefined;
  readonly answer: TokensJson & { readonly sessionId: string };
  readonly sessionKey: NewSessionKey;
  readonly vaultKey: Uint8Array;
  readonly vault: VaultJson;
  readonly chain: KeyChain;
}

export async function keepSession({ state, address }: Environment, session: NewSession): Promise<void> {
  const { accountSecret, answer, sessionKey, vaultKey, vault, chain } = session;
  const account: AccountRecord = {
    ...session.account,
    serviceId: address.serviceId,
    ...(accountSecret === undefined ? {} : { accountSecret: encodeBase64Url(accountSecret) }),
    vaultVersion: vault.vaultVersion,
  };
  const changes = new Changes()
    .set('account', account)
    .set('session', sessionRecordOf(answer.sessionId, vaultKey, vault))
    .set('tokens', tokensOf(answer))
    .set('known-device', { token: answer.deviceToken })
    .set('proof-key', sessionKey.record)
    // Whatever became of it, the vault that was just opened knows: it must not be sent on top of that.
    .remove('rotation')
    // The vault, which holds its keys, vouches for a chain that has begun anew.
    .pin(pinOfChain(acceptRoot(chain)));
  await state.commit(changes.add(await ownHandle(state, account)));
  await tidying(state.dropOtherKeys());
}

function tokensOf(answer: TokensJson): TokensJson {
  const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, deviceToken } = answer;
  return { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, deviceToken };
}

/**
 * Pins the account's own loginId. Where it is pinned to somebody else, that pin stays until the user decides: whoever has
 * written to them goes on to write to them, and no server turns their messages to another user by a log-in or a change.
 */
export async function ownHandle(
  state: ClientState,
  { loginId, userId }: Pick<AccountRecord, 'loginId' | 'userId'>,
): Promise<Changes> {
  const pinned = await state.handle(loginId);
  return pinned === null ? new Changes().put(handleKey(loginId), { userId }) : new Changes();
}

/**
 * Does what makes a session one that is kept, with the tokens that the server has answered. Where that fails, the session is
 * ended: nobody keeps it.
 */
export async function orEnd<T>(
  environment: Environment,
  answer: TokensJson,
  key: SessionKey,
  work: (api: UserApi) => Promise<T>,
): Promise<T> {
  const store = { readTokens: async () => answer, writeTokens: async () => undefined, sessionKey: async () => key };
  const api = new UserApi(new Access(environment.transport, store));
  try {
    return await work(api);
  } catch (error) {
    await endUnkept(environment, api);
    throw error;
  }
}

/** A session that nobody keeps must not stay open; whether the server hears it does not matter any more. */
export async function endUnkept(environment: Environment, api: UserApi): Promise<void> {
  environment.transport.opened();
  // It is told even where the call was aborted, though nobody waits for it then.
  const told = api.logout().catch(() => undefined);
  await abortable(environment, () => told).catch(() => undefined);
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
