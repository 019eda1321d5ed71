import { describe, expect, it } from '@jest/globals';
import { isAssigned } from './assigned-characters.js';

describe('The code points of Unicode 14.0', () => {
  it.each([
    ['ASCII', 'aZ0 ~'],
    ['the first and the last one', '\0\u{10fffd}'],
    ['combining marks and Hangul', 'e\u0301 한국어'],
    ['an emoji of Unicode 14', '\u{1fae0}'],
    ['Han and Arabic', '漢字 کلمه'],
    ['private use', '\ue000'],
  ])('the code points of Unicode 14.0 have %s', (_what, text) => {
    expect(isAssigned(text)).toBe(true);
  });

  it.each([
    ['an emoji of Unicode 15', '\u{1fae8}'],
    ['a vowel sign that Unicode 16 composes', '\u{11382}\u{113c9}'],
    ['a place that nobody has', 'a\u0378'],
    ['a noncharacter', '\ufdd0'],
    ['the last code point', '\u{10ffff}'],
  ])('the code points of Unicode 14.0 do not have %s', (_what, text) => {
    expect(isAssigned(text)).toBe(false);
  });

  it('the code points of Unicode 14.0 are those of this runtime, but for what came later', () => {
    const assigned = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint).filter(
      (codePoint) => (codePoint < 0xd800 || codePoint > 0xdfff) && isAssigned(String.fromCodePoint(codePoint)),
    );
    // Unicode 14.0: 144,697 characters, 65 control characters and 137,468 places of private use.
    expect(assigned).toHaveLength(144_697 + 65 + 137_468);
    expect(assigned.filter((codePoint) => /\p{Cn}/u.test(String.fromCodePoint(codePoint)))).toEqual([]);
  });
});
