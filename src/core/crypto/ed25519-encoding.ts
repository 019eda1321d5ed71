import type { KeyRefusal } from '@sealpost/protocol';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** p = 2^255 − 19, little-endian: the prime of both curves. */
const PRIME = hex(`ed${'ff'.repeat(30)}7f`);

/** The y-coordinates of the eight points of small order: 0, 1, p − 1, and those of order 8. */
const LOW_ORDER_Y: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(hex);

/** What the encoding alone tells of an Ed25519 public key; null leaves the curve itself to libsodium. */
export function checkEd25519Encoding(key: Uint8Array): KeyRefusal | null {
  if (key.length !== PRIME.length) return 'wrong-length';
  const y = Uint8Array.from(key);
  y[31] = (y[31] ?? 0) & 0x7f;
  // From the most significant byte down; Buffer.compare goes from the front.
  if (Buffer.compare(y.toReversed(), PRIME.toReversed()) >= 0) return 'non-canonical';
  return LOW_ORDER_Y.some((point) => Buffer.compare(point, y) === 0) ? 'low-order' : null;
}
