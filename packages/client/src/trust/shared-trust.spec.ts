import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, type VerifiedStatement } from '@sealpost/protocol';
import { SERVICE_ID } from '../../../../test/support/parties.js';
import { loadSodium } from '../crypto/sodium.js';
import { generateSeeds, makeStatement } from '../crypto/user-keys.js';
import { EMPTY_USER, mergeUsers, type SharedUser } from './shared-trust.js';
import { isBlocked, verifyChain, type KeyChain } from './chain.js';
import {
  choiceOf,
  compactSharedTrust,
  conflictOf,
  sharedTrustOf,
  markOf,
  missingFrom,
  newestSeen,
  requireKnown,
  verifiedVersion,
  withSharedTrust,
} from './shared-trust.js';

beforeAll(loadSodium);

const userId = '018f4e7e-7b7a-7c3e-9c5c-00000000000a';

/** Version 1, and version 2 without the old key: a recovery. */
function recovered(): KeyChain {
  const first = makeStatement({ serviceId: SERVICE_ID, userId, seeds: generateSeeds(), now: 1000 });
  const second = makeStatement({ serviceId: SERVICE_ID, userId, seeds: generateSeeds(), now: 2000, previous: first });
  return verifyChain({ serviceId: SERVICE_ID, userId }, [first, second]);
}

const hashOf = (statement: VerifiedStatement | undefined): string => encodeBase64Url(statement!.keysHash);
const known = (parts: Partial<SharedUser>): SharedUser => ({ ...EMPTY_USER, ...parts });

describe('shared knowledge of keys', () => {
  it('what other devices know of somebody’s keys keeps a recovery a warning where one device has known the user for longer', () => {
    const chain = recovered();
    const [first, second] = chain.statements.map(hashOf) as [string, string];
    expect(isBlocked(chain)).toBe(false);
    const both = known({ first: { 1: [first], 2: [second] } });
    expect(isBlocked(withSharedTrust(chain, both))).toBe(true);
    expect(isBlocked(withSharedTrust(chain, { ...both, accepted: { 2: [second] } }))).toBe(false);
    expect(isBlocked(withSharedTrust(chain, { ...both, accepted: { 2: ['another root'] } }))).toBe(true);
  });

  it('what other devices know of somebody’s keys tells others which root was trusted, unless the user was asked', () => {
    const chain = recovered();
    const second = hashOf(chain.statements[1]);
    expect(sharedTrustOf(chain, EMPTY_USER)).toEqual(known({ seen: { 2: [second] }, first: { 2: [second] } }));
    const asked = sharedTrustOf(chain, known({ accepted: { 2: [second] } }));
    expect(asked).toEqual(known({ seen: { 2: [second] } }));
  });

  it('what other devices know of somebody’s keys refuses at first sight what no device vouches for, or less than one has seen', () => {
    const chain = recovered();
    const first = hashOf(chain.statements[0]);
    expect(() => requireKnown(chain, known({ seen: { 1: ['X'] } }))).toThrow(
      expect.objectContaining({ code: 'contact.fork' }),
    );
    expect(() => requireKnown(chain, known({ seen: { 3: ['X'] } }))).toThrow(
      expect.objectContaining({ code: 'contact.rollback' }),
    );
    expect(requireKnown(chain, known({ seen: { 1: [first] } })).conflict).toBeUndefined();
    const disputed = known({ seen: { 1: ['X', first] } });
    expect(requireKnown(chain, disputed).conflict).toEqual({ version: 1, hash: first, others: ['X'], decided: false });
    const decided = known({ seen: { 1: ['X', first] }, decided: { 1: { at: 1, value: 'X' } } });
    expect(() => requireKnown(chain, decided)).toThrow(expect.objectContaining({ code: 'contact.fork' }));
  });

  it('what other devices know of somebody’s keys is a conflict until the user has decided, and then for the other device', () => {
    const chain = recovered();
    const first = hashOf(chain.statements[0]);
    const seen = { 1: ['X', first] };
    expect(conflictOf(chain, known({ seen }))).toMatchObject({ version: 1, decided: false });
    expect(conflictOf(chain, known({ seen, decided: { 1: { at: 1, value: first } } }))).toBeNull();
    expect(conflictOf(chain, known({ seen, decided: { 1: { at: 1, value: 'X' } } }))).toMatchObject({ decided: true });
  });

  it('what other devices know of somebody’s keys asks nobody again about what the user has given up, and keeps no mark that was made before', () => {
    const chain = recovered();
    const [first, second] = chain.statements.map(hashOf) as [string, string];
    const compared = known({ first: { 2: [second] }, ...markOf(chain, EMPTY_USER, 5) });
    expect(verifiedVersion(chain, compared)).toBe(2);
    const others = known({ ...compared, seen: { 2: ['X'], 3: ['Y'] } });
    expect([...missingFrom(chain, null, others)]).toEqual([
      ['X', 2],
      ['Y', 3],
    ]);
    const givenUp = { ...others, lost: { X: { at: 6, value: '2' }, Y: { at: 6, value: '3' } } };
    expect([conflictOf(chain, givenUp), newestSeen(givenUp)]).toEqual([null, 0]);
    expect(requireKnown(chain, givenUp).conflict).toBeUndefined();
    expect(verifiedVersion(chain, givenUp)).toBeNull();
    expect(verifiedVersion(chain, { ...givenUp, ...markOf(chain, EMPTY_USER, 7) })).toBe(2);
    // What the user has given up on another device, this one gives up where there are others in its place.
    const here = known({ seen: { 1: [first, 'Z'] }, lost: { [first]: { at: 6, value: '1' } } });
    expect(conflictOf(chain, here)).toMatchObject({ version: 1, decided: true });
  });

  it('what other devices know of somebody’s keys counts the last decision, whatever the clocks said when the ones before were made', () => {
    const chain = recovered();
    const first = hashOf(chain.statements[0]);
    const lost = { X: { at: 900, value: '2' } };
    expect(verifiedVersion(chain, known({ lost, ...markOf(chain, known({ lost }), 5) }))).toBe(2);
    expect(Object.values(markOf(chain, EMPTY_USER, -5).verified ?? {})).toEqual([{ at: 0, value: '2' }]);
    const otherwise = known({ seen: { 1: ['X', first] }, decided: { 1: { at: 900, value: 'X' } } });
    expect(conflictOf(chain, otherwise)).toMatchObject({ decided: true });
    expect(conflictOf(chain, mergeUsers(otherwise, known(choiceOf(chain, otherwise, 5))))).toBeNull();
  });

  it('what other devices know of somebody’s keys needs no older pins once a chain holds them', () => {
    const chain = recovered();
    const [first, second] = chain.statements.map(hashOf) as [string, string];
    const all = known({ seen: { 1: [first], 2: [second], 3: ['newer'] } });
    expect(compactSharedTrust(chain, all).seen).toEqual({ 2: [second], 3: ['newer'] });
    expect(newestSeen(all)).toBe(3);
    const disputed = known({ seen: { 1: [first, 'X'] } });
    expect(compactSharedTrust(chain, disputed)).toEqual(disputed);
  });
});
