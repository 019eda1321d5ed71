import { expect } from '@jest/globals';

/**
 * Shows that a decoder takes exactly these bytes: every truncation and every byte too many is refused with a
 * ProtocolError.
 */
export function expectExactDecoder(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  const refusal = expect.objectContaining({ name: 'ProtocolError' });
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decode(bytes.slice(0, length))).toThrow(refusal);
  }
  for (const extra of [0, 1, 0xff]) expect(() => decode(Uint8Array.of(...bytes, extra))).toThrow(refusal);
}
