import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, type VerifiedStatement } from '@sealpost/protocol';
import { SERVICE_ID } from '../../../../test/support/parties.js';
import { loadSodium } from '../crypto/sodium.js';
import { generateSeeds, makeStatement } from '../crypto/user-keys.js';
import { EMPTY_USER, type SharedUser } from '../shared/shared-content.js';
import { isBlocked, verifyChain, type KeyChain } from './chain.js';
import { compactKnowledge, conflictOf, knowledgeOf, newestSeen, requireKnown, withKnowledge } from './knowledge.js';

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

describe('what other devices know of somebody’s keys', () => {
  it('keeps a recovery a warning where one device has known the user for longer', () => {
    const chain = recovered();
    const [first, second] = chain.statements.map(hashOf) as [string, string];
    expect(isBlocked(chain)).toBe(false);
    const both = known({ first: { 1: [first], 2: [second] } });
    expect(isBlocked(withKnowledge(chain, both))).toBe(true);
    expect(isBlocked(withKnowledge(chain, { ...both, accepted: { 2: [second] } }))).toBe(false);
    expect(isBlocked(withKnowledge(chain, { ...both, accepted: { 2: ['another root'] } }))).toBe(true);
  });

  it('tells others which root was trusted, unless the user was asked', () => {
    const chain = recovered();
    const second = hashOf(chain.statements[1]);
    expect(knowledgeOf(chain, EMPTY_USER, undefined)).toEqual(known({ seen: { 2: [second] }, first: { 2: [second] } }));
    const asked = knowledgeOf(chain, known({ accepted: { 2: [second] } }), second);
    expect(asked).toEqual(known({ seen: { 2: [second] }, verified: [second] }));
  });

  it('refuses at first sight what no device vouches for, or less than one has seen', () => {
    const chain = recovered();
    const first = hashOf(chain.statements[0]);
    expect(() => requireKnown(chain, known({ seen: { 1: ['X'] } }))).toThrow(expect.objectContaining({ code: 'fork' }));
    expect(() => requireKnown(chain, known({ seen: { 3: ['X'] } }))).toThrow(
      expect.objectContaining({ code: 'rollback' }),
    );
    expect(requireKnown(chain, known({ seen: { 1: [first] } })).conflict).toBeUndefined();
    const disputed = known({ seen: { 1: ['X', first] } });
    expect(requireKnown(chain, disputed).conflict).toEqual({ version: 1, hash: first, others: ['X'], decided: false });
    const decided = known({ seen: { 1: ['X', first] }, decided: { 1: { at: 1, value: 'X' } } });
    expect(() => requireKnown(chain, decided)).toThrow(expect.objectContaining({ code: 'fork' }));
  });

  it('is a conflict until the user has decided, and then for the other device', () => {
    const chain = recovered();
    const first = hashOf(chain.statements[0]);
    const seen = { 1: ['X', first] };
    expect(conflictOf(chain, known({ seen }))).toMatchObject({ version: 1, decided: false });
    expect(conflictOf(chain, known({ seen, decided: { 1: { at: 1, value: first } } }))).toBeNull();
    expect(conflictOf(chain, known({ seen, decided: { 1: { at: 1, value: 'X' } } }))).toMatchObject({ decided: true });
  });

  it('needs no older pins once a chain holds them', () => {
    const chain = recovered();
    const [first, second] = chain.statements.map(hashOf) as [string, string];
    const all = known({ seen: { 1: [first], 2: [second], 3: ['newer'] } });
    expect(compactKnowledge(chain, all).seen).toEqual({ 2: [second], 3: ['newer'] });
    expect(newestSeen(all)).toBe(3);
    const disputed = known({ seen: { 1: [first, 'X'] } });
    expect(compactKnowledge(chain, disputed)).toEqual(disputed);
  });
});
