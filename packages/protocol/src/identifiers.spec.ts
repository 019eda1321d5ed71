import { describe, expect, it } from '@jest/globals';

import { vectors } from '../../../test/support/vector-files.js';
import { toHex } from '../../../test/support/vectors.js';
import { utf8 } from './bytes.js';
import {
  isContentType,
  isNormalisedLoginId,
  isReservedContentType,
  isServiceId,
  newPasswordFault,
  normaliseLoginId,
  preparePassword,
} from './identifiers.js';
import { LIMITS } from './limits.js';

const refusal = (field: string) => expect.objectContaining({ name: 'ProtocolError', field });

describe('A loginId', () => {
  it('a loginId loses spaces at both ends and has small letters, and nothing else changes', () => {
    expect(normaliseLoginId('  Alice@Example.ORG  ')).toBe('alice@example.org');
    expect(normaliseLoginId('A_[Z]{z}~!')).toBe('a_[z]{z}~!');
    for (const { input, loginIdNormalised } of vectors.password.cases) {
      expect(normaliseLoginId(input.loginId)).toBe(loginIdNormalised);
    }
  });

  it.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(255)],
    ['a space inside', 'alice bob'],
    ['a tab at the end', 'alice\t'],
    ['a line feed at the end', 'alice\n'],
    ['a no-break space at the end', 'alice\u00a0'],
    ['a letter outside of ASCII', 'älice'],
    ['a letter that becomes ASCII in small', 'ali\u212aa'],
    ['DEL', 'alice\u007f'],
    ['empty', ''],
    ['the form of a userId', '018f4e7e-7b7a-7c3e-9c5c-00000000000a'],
    ['the form of a UUID of another version', '018f4e7e-7b7a-4c3e-9c5c-00000000000a'],
    ['the form of no valid UUID', '018f4e7e-7b7a-0c3e-0c5c-00000000000a'],
    ['the form of a UUID in capitals, between spaces', ' 018F4E7E-7B7A-7C3E-9C5C-00000000000A '],
  ])('a loginId is refused: %s', (_what, text) => {
    expect(() => normaliseLoginId(text)).toThrow(refusal('loginId'));
    expect(isNormalisedLoginId(text)).toBe(false);
  });

  it('a loginId may have 3 to 254 characters', () => {
    for (const length of [3, 254]) expect(normaliseLoginId('a'.repeat(length))).toHaveLength(length);
  });

  it('a loginId may look nearly like a UUID', () => {
    for (const text of [
      '018f4e7e7b7a7c3e9c5c00000000000a',
      '018f4e7e-7b7a-7c3e-9c5c-00000000000a@example.org',
      'a018f4e7e-7b7a-7c3e-9c5c-00000000000a',
    ]) {
      expect(normaliseLoginId(text)).toBe(text);
    }
  });

  it('a loginId is not normalised with capitals or spaces around', () => {
    expect(isNormalisedLoginId('alice')).toBe(true);
    for (const text of ['Alice', ' alice', 'alice ']) expect(isNormalisedLoginId(text)).toBe(false);
  });
});

describe('A serviceId', () => {
  it('a serviceId has 1 to 253 characters of a-z, 0-9, dot and hyphen', () => {
    for (const text of ['a', 'msg.example', '0-9', 'a'.repeat(253)]) expect(isServiceId(text)).toBe(true);
    for (const text of ['', 'A', 'a_b', 'a b', 'msg.example\n', 'ä', 'a'.repeat(254)])
      expect(isServiceId(text)).toBe(false);
  });
});

describe('A content type', () => {
  it('a content type has 1 to 127 characters of printable ASCII', () => {
    for (const text of ['a', 'text/plain; charset=utf-8', '~'.repeat(127)]) expect(isContentType(text)).toBe(true);
    for (const text of ['', 'a\n', 'a\u007f', 'ä', '~'.repeat(128)]) expect(isContentType(text)).toBe(false);
  });

  it('a content type is reserved from application/vnd.sealpost. on, in whatever case', () => {
    expect(isReservedContentType('Application/VND.Sealpost.receipt')).toBe(true);
    expect(isReservedContentType('application/vnd.sealpostal')).toBe(false);
  });
});

describe('A password', () => {
  it.each(vectors.password.cases)(
    'a password is prepared as in the fixed example ($input.passwordJson)',
    ({ input, passwordPrepared }) => {
      const prepared = preparePassword(JSON.parse(input.passwordJson) as string);
      expect(toHex(utf8(prepared))).toBe(passwordPrepared);
    },
  );

  it('a password has every kind of space as U+0020, and is composed', () => {
    expect(preparePassword('a\u00a0b\u2003c\u3000d')).toBe('a b c d');
    expect(preparePassword('cafe\u0301')).toBe('café');
    expect(preparePassword('\u200b')).toBe('\u200b');
  });

  it.each([
    ['empty', ''],
    ['a line feed', 'a\nb'],
    ['NUL', 'a\0b'],
    ['a C1 control', 'a\u0085b'],
    ['a lone surrogate', 'a\udc00b'],
    ['too long', 'a'.repeat(LIMITS.passwordCharacters + 1)],
  ])('a password is refused: %s', (_what, password) => {
    expect(() => preparePassword(password)).toThrow(refusal('password'));
  });

  it('a password may be as long as the limit', () => {
    expect(preparePassword('a'.repeat(LIMITS.passwordCharacters))).toHaveLength(LIMITS.passwordCharacters);
  });

  it('a new password has at least eight code points, all of which Unicode 14.0 assigns', () => {
    expect(newPasswordFault('12345678')).toBeNull();
    expect(newPasswordFault('😀'.repeat(8))).toBeNull();
    expect(newPasswordFault('😀'.repeat(7))).toBe('too-short');
    expect(newPasswordFault('12345678\u0378')).toBe('unassigned');
  });
});
