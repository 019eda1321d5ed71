import { hkdfSync } from 'node:crypto';

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { loadSodium } from './sodium.js';

beforeAll(loadSodium);

const range = (from: number, to: number): string =>
  toHex(Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index));

/** RFC 5869, appendix A, test cases 1 to 3. */
const CASES = [
  {
    ikm: '0b'.repeat(22),
    salt: range(0x00, 0x0c),
    info: range(0xf0, 0xf9),
    length: 42,
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    ikm: range(0x00, 0x4f),
    salt: range(0x60, 0xaf),
    info: range(0xb0, 0xff),
    length: 82,
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    okm:
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8' +
      '367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    length: 42,
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
];

describe('HKDF', () => {
  it.each(CASES)('HKDF is that of RFC 5869 (length $length)', ({ ikm, salt, info, length, prk, okm }) => {
    const extracted = hkdfExtract(fromHex(salt), fromHex(ikm));
    expect(toHex(extracted)).toBe(prk);
    expect(toHex(hkdfExpand(extracted, fromHex(info), length))).toBe(okm);
  });

  it("HKDF agrees with Node's for whatever salt, key, info and length", () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 300 }), (ikm, salt, info, length) => {
        const expected = new Uint8Array(hkdfSync('sha256', ikm, salt, info, length));
        expect(toHex(hkdfExpand(hkdfExtract(salt, ikm), info, length))).toBe(toHex(expected));
      }),
    );
  });

  it.each([0, -1, 1.5, 255 * 32 + 1])('HKDF refuses to expand to %p bytes', (length) => {
    expect(() => hkdfExpand(new Uint8Array(32), new Uint8Array(0), length)).toThrow(
      expect.objectContaining({ code: 'client.internal' }),
    );
  });
});
