import { equalBytes } from './bytes.js';

/** Why a public key is refused (section 5). */
export type KeyRefusal = 'wrong-length' | 'non-canonical' | 'low-order' | 'off-curve' | 'encapsulation-failed';

/** p = 2^255 − 19, little-endian. */
const PRIME = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xed : index === 31 ? 0x7f : 0xff));

const hex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));

/** The canonical u-coordinates of small order on the curve and its twist: 0, 1, p − 1 and two of order 8. */
const LOW_ORDER: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map(hex);

/** True where the 32 little-endian bytes are a number below p, the prime of both curves; bit 255 set is not. */
export function isBelowPrime(key: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    const difference = (key[index] ?? 0) - (PRIME[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * The X25519 check of section 5: 32 bytes, canonical (u < p, so that bit 255 is clear: libsodium accepts
 * 13 other encodings), no low-order point; points on the twist are fine.
 * @returns the reason of a refusal, or null
 */
export function checkX25519PublicKey(key: Uint8Array): KeyRefusal | null {
  if (key.length !== 32) return 'wrong-length';
  if (!isBelowPrime(key)) return 'non-canonical';
  return LOW_ORDER.some((point) => equalBytes(point, key)) ? 'low-order' : null;
}
