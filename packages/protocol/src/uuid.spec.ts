import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyBytes, anyUuid, anyUuidV7 } from '../../../test/support/arbitraries.js';
import { toHex } from '../../../test/support/vectors.js';
import { isUuidV4OrV7, isUuidV7, uuidFromBytes, uuidToBytes, uuidV7 } from './uuid.js';

const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });

describe('A UUID', () => {
  it('a UUID goes to its 16 bytes and back', () => {
    fc.assert(
      fc.property(anyUuid, (text) => {
        expect(uuidFromBytes(uuidToBytes(text))).toBe(text);
        expect(toHex(uuidToBytes(text))).toBe(text.replaceAll('-', ''));
        expect(isUuidV4OrV7(text)).toBe(true);
      }),
    );
  });

  it.each([1, 2, 3, 5, 6, 8] as const)('a UUID of version %d is refused', (version) => {
    fc.assert(
      fc.property(fc.uuid({ version }), (text) => {
        expect(isUuidV4OrV7(text)).toBe(false);
        expect(() => uuidToBytes(text)).toThrow(refusal('not-canonical'));
      }),
      { numRuns: 5 },
    );
  });

  it('a UUID of version 4 is refused where 7 is asked for', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), anyUuidV7, (four, seven) => {
        expect([isUuidV7(four), isUuidV7(seven)]).toEqual([false, true]);
        expect(() => uuidFromBytes(uuidToBytes(four), 'userId', 7)).toThrow(refusal('not-canonical'));
        expect(uuidFromBytes(uuidToBytes(seven), 'userId', 7)).toBe(seven);
      }),
    );
  });

  it.each([
    ['capitals', '018F4E7E-7B7A-7C3E-9C5C-00000000000A'],
    ['no hyphens', '018f4e7e7b7a7c3e9c5c00000000000a'],
    ['braces', '{018f4e7e-7b7a-7c3e-9c5c-00000000000a}'],
    ['another variant', '018f4e7e-7b7a-7c3e-cc5c-00000000000a'],
    ['a digit in front', 'a018f4e7e-7b7a-7c3e-9c5c-00000000000a'],
    ['a line feed at the end', '018f4e7e-7b7a-7c3e-9c5c-00000000000a\n'],
    ['nil', '00000000-0000-0000-0000-000000000000'],
    ['max', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ])('a UUID with %s is refused', (_what, text) => {
    expect(isUuidV4OrV7(text)).toBe(false);
  });

  it('a UUID of version 7 has the time in its first 48 bits, and the given random bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), anyBytes(10), (time, random) => {
        const text = uuidV7(time, random);
        expect(isUuidV7(text)).toBe(true);
        expect(Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16)).toBe(time);
        const given = Uint8Array.from(random, (byte, index) =>
          index === 0 ? (byte & 0x0f) | 0x70 : index === 2 ? (byte & 0x3f) | 0x80 : byte,
        );
        expect(toHex(uuidToBytes(text).slice(6))).toBe(toHex(given));
      }),
    );
  });

  it('a UUID is not made of fewer than ten random bytes', () => {
    expect(() => uuidV7(0, new Uint8Array(9))).toThrow(refusal('wrong-length'));
  });
});
