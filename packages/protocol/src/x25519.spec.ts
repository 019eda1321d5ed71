import { describe, expect, it } from '@jest/globals';

import { fromHex } from '../../../test/support/vectors.js';
import { checkX25519PublicKey } from './x25519.js';

const PRIME = 2n ** 255n - 19n;

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse();
}

describe('An X25519 public key', () => {
  it.each([
    ['0', 0n],
    ['1', 1n],
    ['p − 1', PRIME - 1n],
    ['a point of order 8', 325606250916557431795983626356110631294008115727848805560023387167927233504n],
    ['another point of order 8', 39382357235489614581723060781553021112529911719440698176882885853963445705823n],
  ])('an X25519 public key is refused as %s: low order', (_what, value) => {
    expect(checkX25519PublicKey(littleEndian(value))).toBe('low-order');
  });

  it('an X25519 public key is refused from p on, and with bit 255 set: not canonical', () => {
    for (let offset = 0n; offset < 19n; offset++) {
      expect(checkX25519PublicKey(littleEndian(PRIME + offset))).toBe('non-canonical');
    }
    for (const value of [0n, 9n, PRIME - 2n])
      expect(checkX25519PublicKey(littleEndian(value + 2n ** 255n))).toBe('non-canonical');
  });

  it('an X25519 public key is fine below p, on the curve and on the twist', () => {
    for (const value of [2n, 9n, PRIME - 2n, PRIME - 19n]) expect(checkX25519PublicKey(littleEndian(value))).toBeNull();
  });

  it.each([0, 31, 33])('an X25519 public key is refused with %d bytes', (length) => {
    expect(checkX25519PublicKey(new Uint8Array(length))).toBe('wrong-length');
  });
});
