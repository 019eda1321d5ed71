import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import {
  argonSaltBytes,
  authPayloadBytes,
  authProofBytes,
  challengeMacBytes,
  decoySaltBytes,
  encodeRegisterFields,
  newAuthKeyBytes,
  type AuthAction,
  type RegisterFields,
} from './auth.js';

const { auth, password } = vectors;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const refusal = (field: string) => expect.objectContaining({ name: 'ProtocolError', field });

describe('What an auth key signs', () => {
  it.each(auth.proofs)('for $action is that of the fixed example', ({ action, fields, payloadHash, tbs }) => {
    const proof = {
      action: action as AuthAction,
      serviceId: 'msg.example',
      loginId: 'alice@example.org',
      challenge: fromHex(auth.challenge),
      payloadHash: fromHex(payloadHash),
    };
    expect(toHex(authProofBytes(proof))).toBe(tbs);
    if (action !== 'login') {
      expect(sha256(authPayloadBytes(proof.action, fromHex(fields ?? '')))).toBe(payloadHash);
    }
  });

  it('has a challenge and a hash of 32 bytes', () => {
    const proof = { action: 'login', serviceId: 'a', loginId: 'abc' } as const;
    const good = new Uint8Array(32);
    expect(() => authProofBytes({ ...proof, challenge: new Uint8Array(31), payloadHash: good })).toThrow(
      refusal('challenge'),
    );
    expect(() => authProofBytes({ ...proof, challenge: good, payloadHash: new Uint8Array(33) })).toThrow(
      refusal('payloadHash'),
    );
    expect(() => newAuthKeyBytes(new Uint8Array(0), good)).toThrow(refusal('challenge'));
  });
});

describe('The fields of a registration', () => {
  const fields: RegisterFields = {
    userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
    suite: 1,
    salt: new Uint8Array(32),
    authPublicKey: new Uint8Array(32),
    keysHash: new Uint8Array(32),
    handleSignature: new Uint8Array(64),
    vault: Uint8Array.of(1, 2),
    passwordUnlock: Uint8Array.of(3),
    recoveryAuthPublicKey: new Uint8Array(32),
    recoveryUnlock: Uint8Array.of(4),
  };

  it('are told apart by the lengths of the vault and the unlocks', () => {
    const moved = { ...fields, vault: Uint8Array.of(1), passwordUnlock: Uint8Array.of(2, 3) };
    expect(encodeRegisterFields(moved)).toHaveLength(encodeRegisterFields(fields).length);
    expect(toHex(encodeRegisterFields(moved))).not.toBe(toHex(encodeRegisterFields(fields)));
  });

  it.each([
    ['salt', 31],
    ['authPublicKey', 33],
    ['keysHash', 0],
    ['handleSignature', 63],
    ['recoveryAuthPublicKey', 31],
  ] as const)('do not take a %s of %d bytes', (member, length) => {
    expect(() => encodeRegisterFields({ ...fields, [member]: new Uint8Array(length) })).toThrow(refusal(member));
  });
});

describe('The inputs of the server’s hashes', () => {
  it('of Argon2’s salt are those of the fixed example', () => {
    for (const { input, loginIdNormalised, argonSalt } of password.cases) {
      const bytes = argonSaltBytes(input.suite, input.serviceId, loginIdNormalised, fromHex(input.salt));
      expect(sha256(bytes).slice(0, 32)).toBe(argonSalt);
    }
  });

  it('of challenges and decoys differ in their tags, and in nothing that a loginId could imitate', () => {
    const head = new Uint8Array(16);
    expect(Buffer.from(challengeMacBytes('alice', head)).toString('latin1')).toBe(
      `sealpost/challenge/v1\0\0\x05alice${'\0'.repeat(16)}`,
    );
    expect(Buffer.from(decoySaltBytes('alice')).toString('latin1')).toBe('sealpost/decoy/v1\0\0\x05alice');
    expect(() => challengeMacBytes('alice', new Uint8Array(15))).toThrow(refusal('head'));
  });
});
