import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { encodeBase64Url, type KeyChainJson } from '@sealpost/protocol';
import { Party, SERVICE_ID } from '../../../../test/support/parties.js';
import { statementPrimitives } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import type { UserApi } from '../http/user-api.js';
import { EMPTY_USER } from '../trust/shared-trust.js';
import { Changes, ClientState, knownUserKey } from '../state/client-state.js';
import { MemoryStorage } from '../storage/memory-storage.js';
import { signedStatementJson } from '../trust/chain-pin.js';
import { newestOf, rootOf } from '../trust/chain.js';
import { ASKED } from './chain-source.js';
import { ContactDirectory } from './contact-directory.js';
import { verifiedVersion } from '../trust/shared-trust.js';

/** More than a stranger may have. */
const MANY = 40;
const TOO_LONG = expect.objectContaining({ name: 'KeysRefused', code: 'contact.too-long' });

let stranger: Party;
let state: ClientState;
let served: number;
let requests: number;
const verify = { count: 0 };

beforeAll(async () => {
  await loadSodium();
  stranger = new Party();
  while (stranger.statements.length < MANY) stranger.rotate();
});

beforeEach(() => {
  state = new ClientState(new MemoryStorage());
  [served, requests, verify.count] = [0, 0, 0];
  const { verifySignature } = statementPrimitives;
  jest.spyOn(statementPrimitives, 'verifySignature').mockImplementation((...args) => {
    verify.count += 1;
    return verifySignature(...args);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A server that shows the stranger's versions, and says that there are thousands more where `endless`. */
function directory({ endless = true, obeys = true } = {}): ContactDirectory {
  const statements = stranger.statements.map((one) => ({ ...signedStatementJson(one), userId: stranger.userId }));
  const keyChain = async (_userId: string, after: number, limit: number): Promise<KeyChainJson> => {
    const page = statements.slice(after, obeys ? after + limit : undefined);
    requests += 1;
    served += page.length;
    const next = after + page.length;
    const more = endless || next < MANY;
    return { items: page, ...(more ? { next } : {}) } as unknown as KeyChainJson;
  };
  return new ContactDirectory({ keyChain } as unknown as UserApi, state, SERVICE_ID, new Party().userId, Date.now);
}

describe('Keys that the user gives up', () => {
  it('keys that the user gives up take every mark along, also one of a time that this clock has not reached yet', async () => {
    const reader = directory({ endless: false });
    const chain = await reader.refresh(stranger.userId, ASKED);
    const root = encodeBase64Url(rootOf(chain).keysHash);
    const seen = { [MANY + 1]: ['lost with a backup'] };
    const verified = { [root]: { at: Date.now() + 1_000_000, value: String(MANY) } };
    await state.commit(new Changes().put(knownUserKey(stranger.userId), { ...EMPTY_USER, seen, verified }));
    expect(verifiedVersion(chain, await state.knownUser(stranger.userId))).toBe(MANY);
    await reader.acceptRewound(stranger.userId, encodeBase64Url(newestOf(chain).keysHash));
    expect(verifiedVersion(chain, await state.knownUser(stranger.userId))).toBeNull();
  });
});

describe('The keys of a stranger', () => {
  it('the keys of a stranger are verified as far as their message needs, whatever else the server has to offer', async () => {
    const chain = await directory().chainUpTo(stranger.userId, 3);
    expect(newestOf(chain).version).toBe(3);
    // Each by itself, and all but the first by the one before.
    expect([requests, served, verify.count]).toEqual([1, 3, 5]);
  });

  it('the keys of a stranger are taken no further where the server sends more than it was asked for', async () => {
    const chain = await directory({ obeys: false }).chainUpTo(stranger.userId, 3);
    expect(newestOf(chain).version).toBe(3);
    expect([requests, verify.count]).toEqual([1, 5]);
  });

  it('the keys of a stranger are neither fetched nor verified where the message needs too many', async () => {
    await expect(directory().chainUpTo(stranger.userId, 33)).rejects.toEqual(TOO_LONG);
    expect([requests, verify.count]).toEqual([0, 0]);
    expect(await state.chain(stranger.userId)).toBeNull();
  });

  it('the keys of a stranger are not verified, nor fetched without end, where it is not said how many there are', async () => {
    await expect(directory().chain(stranger.userId)).rejects.toEqual(TOO_LONG);
    expect([requests, served, verify.count]).toEqual([1, 33, 0]);
  });

  it('the keys of a stranger are read as far later as at first, and no further', async () => {
    const reader = directory();
    await reader.chainUpTo(stranger.userId, 2);
    [requests, verify.count] = [0, 0];
    await expect(reader.chainUpTo(stranger.userId, 35)).rejects.toEqual(TOO_LONG);
    expect([requests, verify.count]).toEqual([0, 0]);
    expect(newestOf(await reader.chainUpTo(stranger.userId, 34)).version).toBe(34);
  });

  it('the keys of a stranger are verified once the user asks, and the message can be read then', async () => {
    const reader = directory({ endless: false });
    await expect(reader.chainUpTo(stranger.userId, MANY)).rejects.toEqual(TOO_LONG);
    expect(newestOf(await reader.refresh(stranger.userId, ASKED)).version).toBe(MANY);
    expect(newestOf(await reader.chainUpTo(stranger.userId, MANY)).version).toBe(MANY);
  });

  it('keys that another device has seen are not those of a stranger', async () => {
    const seen = { [MANY]: [encodeBase64Url(newestOf(stranger.chain).keysHash)] };
    await state.commit(new Changes().put(knownUserKey(stranger.userId), { ...EMPTY_USER, seen }));
    expect(newestOf(await directory({ endless: false }).chainUpTo(stranger.userId, MANY)).version).toBe(MANY);
  });
});
