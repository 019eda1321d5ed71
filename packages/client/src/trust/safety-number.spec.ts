import { beforeAll, describe, expect, it } from '@jest/globals';

import { Party } from '../../../../test/support/parties.js';
import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex } from '../../../../test/support/vectors.js';
import { formatSafetyNumber, safetyNumberBytes } from '@sealpost/protocol';
import { sha512 } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { safetyNumber } from './chain.js';

beforeAll(loadSodium);

describe('A safety number', () => {
  it('a safety number is that of the fixed example', () => {
    const { a, b, number } = vectors.safety;
    const [first, second] = [a, b].map(({ userId, rootHash }) => ({ userId, rootHash: fromHex(rootHash) }));
    if (first === undefined || second === undefined) throw new Error('no example');
    expect(formatSafetyNumber(sha512(safetyNumberBytes(first, second)))).toBe(number);
    expect(formatSafetyNumber(sha512(safetyNumberBytes(second, first)))).toBe(number);
  });

  it('a safety number is the same from both sides and through rotations, and another one after a recovery', () => {
    const [alice, bob] = [new Party(), new Party()];
    const number = safetyNumber(alice.chain, bob.chain);
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(safetyNumber(bob.chain, alice.chain)).toBe(number);
    expect(safetyNumber(alice.rotate().rotate().chain, bob.chain)).toBe(number);
    expect(safetyNumber(alice.rotate({ recovery: true }).chain, bob.chain)).not.toBe(number);
  });

  it('a safety number is another one once earlier keys are declared compromised: a thief’s branch has the old one', () => {
    const [alice, bob] = [new Party().rotate(), new Party()];
    const number = safetyNumber(alice.chain, bob.chain);
    expect(safetyNumber(alice.rotate({ earlierKeysCompromised: true }).chain, bob.chain)).not.toBe(number);
  });

  it('a safety number differs for another contact', () => {
    const [alice, bob, mallory] = [new Party(), new Party(), new Party()];
    expect(safetyNumber(alice.chain, bob.chain)).not.toBe(safetyNumber(alice.chain, mallory.chain));
  });
});
