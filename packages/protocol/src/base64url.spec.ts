import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { base64UrlLength, decodeBase64Url, encodeBase64Url, requireBase64Url } from './base64url.js';

const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason, field: 'key' });

describe('Base64url', () => {
  it('base64url is what Node writes, of the predicted length, and decodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64Url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(text).toHaveLength(base64UrlLength(bytes.length));
        expect(decodeBase64Url(text)).toEqual(bytes);
      }),
    );
  });

  it('base64url has one text for each value: whatever decodes is what encoding writes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_+/=-]{0,12}$/), (text) => {
        const bytes = decodeBase64Url(text);
        if (bytes !== null) expect(encodeBase64Url(bytes)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['padding', 'AA=='],
    ['white space', 'AA AA'],
    ['a line feed at the end', 'AAAA\n'],
    ['the standard alphabet', '++++'],
    ['the standard alphabet', '//__'],
    ['an impossible length', 'A'],
    ['an impossible length', 'AAAAA'],
    ['trailing bits', 'AB'],
    ['trailing bits', 'AAB'],
    ['a character outside of ASCII', 'AAAÄ'],
    ['a NUL', 'AA\0A'],
    ['a surrogate', 'AA\ud83d\ude00'],
  ])('base64url refuses %s (%j)', (_what, text) => {
    expect(decodeBase64Url(text)).toBeNull();
    expect(() => requireBase64Url(text, 'key')).toThrow(refusal('not-canonical'));
  });

  it('base64url refuses another length than the one required', () => {
    expect(requireBase64Url('AAAA', 'key')).toEqual(new Uint8Array(3));
    expect(requireBase64Url('AAAA', 'key', 3)).toEqual(new Uint8Array(3));
    expect(() => requireBase64Url('AAAA', 'key', 4)).toThrow(refusal('wrong-length'));
  });
});
