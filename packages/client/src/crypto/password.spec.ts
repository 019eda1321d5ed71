import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProtocolError } from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { authPublicKey } from './auth-proof.js';
import { derivePasswordKeys, type PasswordInput } from './password.js';
import { loadSodium, sodium } from './sodium.js';

beforeAll(loadSodium);

const cases = vectors.password.cases.map((vector) => {
  const { suite, serviceId, loginId, salt, passwordJson, accountSecret } = vector.input;
  const input: PasswordInput = {
    suite,
    serviceId,
    loginId,
    salt: fromHex(salt),
    password: JSON.parse(passwordJson) as string,
    ...(typeof accountSecret === 'string' ? { accountSecret: fromHex(accountSecret) } : {}),
  };
  return { name: typeof accountSecret === 'string' ? 'with' : 'without', input, vector };
});

describe('Password keys', () => {
  it.each(cases)('password keys are those of the fixed example $name an account secret', ({ input, vector }) => {
    const keys = derivePasswordKeys(input);
    expect(toHex(keys.authSeed)).toBe(vector.authSeed);
    expect(toHex(authPublicKey(keys.authSeed))).toBe(vector.authPublicKey);
    expect(toHex(keys.wrapKey)).toBe(vector.wrapKey);
  });

  it('password keys of suite 2 are those that another implementation derives (@noble/hashes)', () => {
    const [example] = cases.filter(({ name }) => name === 'without');
    if (example === undefined) throw new Error('no example');
    const keys = derivePasswordKeys({ ...example.input, suite: 2 });
    expect(toHex(keys.authSeed)).toBe('eec4a7b5ce382f2c32914899a104736acaf60fa57860ba8654a6d236743e0f74');
    expect(toHex(keys.wrapKey)).toBe('b97b7b7306f7d4a8cb5b35ac1492654533c65cca31eefbc441debd311e1d9868');
  });

  it('the fixed examples have password keys of each kind', () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(['with', 'without']);
  });

  describe('stops before computing anything', () => {
    const [example] = cases;
    if (example === undefined) throw new Error('no example');
    const { input } = example;

    it.each([
      ['a suite that it does not know', { suite: 3 }, { code: 'unknown-password-suite' }],
      ['a suite kept for OPAQUE', { suite: 16 }, { code: 'unknown-password-suite' }],
      ['an empty password', { password: '' }, { reason: 'malformed-text' }],
      ['a control character in the password', { password: 'a\u0007b' }, { reason: 'malformed-text' }],
      ['a lone surrogate in the password', { password: 'a\ud800b' }, { reason: 'malformed-text' }],
      ['a salt of another length', { salt: new Uint8Array(31) }, { reason: 'wrong-length' }],
      ['a loginId that is too short', { loginId: ' ab ' }, { reason: 'malformed-text' }],
    ])('password keys stop before computing anything at %s', (_what, change, expected) => {
      const argon2 = jest.spyOn(sodium(), 'crypto_pwhash');
      try {
        expect(() => derivePasswordKeys({ ...input, ...change })).toThrow(expect.objectContaining(expected));
        expect(argon2).not.toHaveBeenCalled();
      } finally {
        argon2.mockRestore();
      }
    });

    it('password keys stop before computing anything at an account secret of another length', () => {
      expect(() => derivePasswordKeys({ ...input, accountSecret: new Uint8Array(31) })).toThrow(
        expect.objectContaining({ code: 'client.internal' }),
      );
      expect(() => derivePasswordKeys({ ...input, salt: new Uint8Array(33) })).toThrow(ProtocolError);
    });
  });
});
