import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { vectors } from '../../../test/support/vector-files.js';
import { fromHex } from '../../../test/support/vectors.js';
import { formatSafetyNumber, safetyNumberBytes } from './safety-number.js';

const { a, b, number } = vectors.safety;
const [first, second] = [
  { userId: a.userId, rootHash: fromHex(a.rootHash) },
  { userId: b.userId, rootHash: fromHex(b.rootHash) },
];
const sha512 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha512').update(bytes).digest());

describe('A safety number', () => {
  it('a safety number is that of the fixed example, from both sides', () => {
    expect(formatSafetyNumber(sha512(safetyNumberBytes(first, second)))).toBe(number);
    expect(formatSafetyNumber(sha512(safetyNumberBytes(second, first)))).toBe(number);
  });

  it('a safety number has leading zeros, and is the remainder of five bytes', () => {
    expect(formatSafetyNumber(new Uint8Array(64))).toBe(Array(12).fill('00000').join(' '));
    // 2^40 − 1 = 1099511627775
    expect(formatSafetyNumber(new Uint8Array(64).fill(0xff))).toBe(Array(12).fill('27775').join(' '));
  });

  it('a safety number is made of a SHA-512', () => {
    expect(() => formatSafetyNumber(new Uint8Array(32))).toThrow(expect.objectContaining({ reason: 'wrong-length' }));
  });
});
