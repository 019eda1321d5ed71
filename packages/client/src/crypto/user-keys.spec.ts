import { beforeAll, describe, expect, it } from '@jest/globals';
import { handleBytes, LENGTHS } from '@sealpost/protocol';

import { vectors, type KeysVector } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { verifyChain } from '../trust/chain.js';
import { loadSodium } from './sodium.js';
import {
  generateSeeds,
  makeStatement,
  publicKeysOf,
  signHandle,
  verifyHandleSignature,
  wipeSeeds,
  type UserSeeds,
} from './user-keys.js';

beforeAll(loadSodium);

const { statements, serviceId, userId, handle } = vectors.statements;
const seedsOf = (keys: KeysVector): UserSeeds => ({
  signSeed: fromHex(keys.signSeed),
  boxSeed: fromHex(keys.boxSeed),
  kemSeed: fromHex(keys.kemSeed),
});

function example(version: number): (typeof statements)[number] {
  const found = statements[version - 1];
  if (found === undefined) throw new Error(`no example of version ${version}`);
  return found;
}

describe('Public keys', () => {
  it.each(statements)(
    'public keys of the seeds of version $keys.version are those of the fixed example',
    ({ keys }) => {
      const own = publicKeysOf(seedsOf(keys));
      expect(toHex(own.signingPublicKey)).toBe(keys.signingPublicKey);
      expect(toHex(own.boxPublicKey)).toBe(keys.boxPublicKey);
      expect(toHex(own.kemPublicKey)).toBe(keys.kemPublicKey);
    },
  );

  it('public keys come from three seeds that differ, and that can be wiped', () => {
    const seeds = generateSeeds();
    expect(new Set([seeds.signSeed, seeds.boxSeed, seeds.kemSeed].map(toHex)).size).toBe(3);
    wipeSeeds(seeds);
    expect([seeds.signSeed, seeds.boxSeed, seeds.kemSeed]).toEqual(Array(3).fill(new Uint8Array(LENGTHS.seed)));
  });
});

describe('A key statement', () => {
  const owner = { serviceId, userId };
  const signed = (version: number) => {
    const { bytes, signature, previousSignature } = example(version);
    const base = { statement: fromHex(bytes), signature: fromHex(signature) };
    return previousSignature === null ? base : { ...base, previousSignature: fromHex(previousSignature) };
  };

  it('a key statement of version 1 and 2 is that of the fixed example, with both signatures', () => {
    const chain = verifyChain(owner, [signed(1), signed(2)]).statements;
    const first = makeStatement({ ...owner, seeds: seedsOf(example(1).keys), now: chain[0]?.createdAt ?? 0 });
    expect(first).toEqual(chain[0]);
    const second = makeStatement({
      ...owner,
      seeds: seedsOf(example(2).keys),
      previous: first,
      previousSignSeed: fromHex(example(1).keys.signSeed),
      now: chain[1]?.createdAt ?? 0,
    });
    expect(second).toEqual(chain[1]);
    expect(toHex(second.keysHash)).toBe(example(2).hash);
  });

  it('a key statement without the previous signing key carries the recovery flag and no previous signature', () => {
    const previous = makeStatement({ ...owner, seeds: generateSeeds(), now: 5 });
    const next = makeStatement({ ...owner, seeds: generateSeeds(), previous, now: 6, earlierKeysCompromised: true });
    expect(next).toMatchObject({ version: 2, recovery: true, earlierKeysCompromised: true });
    expect(next).not.toHaveProperty('previousSignature');
  });

  it('a key statement is dated after its predecessor also where the clock went back', () => {
    const previous = makeStatement({ ...owner, seeds: generateSeeds(), now: 5000 });
    expect(makeStatement({ ...owner, seeds: generateSeeds(), previous, now: 10 }).createdAt).toBe(5001);
  });
});

describe('A handle signature', () => {
  const { loginId, version, signature } = handle;
  const claim = { serviceId, userId, loginId, version };
  const { keys } = example(version);

  it('a handle signature is that of the fixed example, and verifies', () => {
    expect(toHex(handleBytes(claim))).toBe(handle.tbs);
    expect(toHex(signHandle(claim, fromHex(keys.signSeed)))).toBe(signature);
    expect(verifyHandleSignature(claim, fromHex(signature), fromHex(keys.signingPublicKey))).toBe(true);
  });

  it.each([
    ['loginId', { loginId: 'alice@example.com' }],
    ['service', { serviceId: 'msg.example2' }],
    ['user', { userId: vectors.message.parties.bob.userId }],
    ['version', { version: 1 }],
  ])('a handle signature does not hold for another %s', (_what, change) => {
    const publicKey = fromHex(keys.signingPublicKey);
    expect(verifyHandleSignature({ ...claim, ...change }, fromHex(signature), publicKey)).toBe(false);
  });
});
