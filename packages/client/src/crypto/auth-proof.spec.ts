import { beforeAll, describe, expect, it } from '@jest/globals';
import { ByteReader, type AuthAction, type RegisterFields } from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { authPayloadHash, proveAction, proveLogin, proveRegistration, signNewAuthKey } from './auth-proof.js';
import { loadSodium } from './sodium.js';
import { uuidFromBytes } from '@sealpost/protocol';

beforeAll(loadSodium);

const { auth } = vectors;
const context = { serviceId: 'msg.example', loginId: 'alice@example.org', challenge: fromHex(auth.challenge) };

/** The fields of the example of action `register`, taken apart. */
function registerFields(hex: string): RegisterFields {
  const reader = new ByteReader(fromHex(hex), 'fields');
  const fields = {
    userId: uuidFromBytes(reader.fixed(16, 'userId')),
    suite: reader.u8('suite'),
    salt: reader.fixed(32, 'salt'),
    authPublicKey: reader.fixed(32, 'authPublicKey'),
    keysHash: reader.fixed(32, 'keysHash'),
    handleSignature: reader.fixed(64, 'handleSignature'),
    vault: reader.blob('vault'),
    passwordUnlock: reader.blob('passwordUnlock'),
    recoveryAuthPublicKey: reader.fixed(32, 'recoveryAuthPublicKey'),
    recoveryUnlock: reader.blob('recoveryUnlock'),
  };
  reader.end();
  return fields;
}

describe('Proofs of an auth key', () => {
  it.each(auth.proofs)('for $action are those of the fixed example', ({ action, fields, authSeed, ...proof }) => {
    const hash =
      action === 'login'
        ? new Uint8Array(32)
        : authPayloadHash(action as Exclude<AuthAction, 'login'>, fromHex(fields ?? ''));
    expect(toHex(hash)).toBe(proof.payloadHash);
    expect(toHex(proveAction(action as AuthAction, context, hash, fromHex(authSeed)))).toBe(proof.signature);
    for (const key of proof.newAuth) {
      expect(toHex(signNewAuthKey(fromHex(key.authSeed), context.challenge, hash))).toBe(key.signature);
    }
  });

  it('cover all nine actions', () => {
    expect(new Set(auth.proofs.map(({ action }) => action)).size).toBe(9);
  });

  it('prove a log-in with the signature of the fixed example', () => {
    const login = auth.proofs.find(({ action }) => action === 'login');
    expect(toHex(proveLogin(context, fromHex(login?.authSeed ?? '')))).toBe(login?.signature);
  });

  it('prove a registration with the three signatures of the fixed example', () => {
    const register = auth.proofs.find(({ action }) => action === 'register');
    const [password, recovery] = register?.newAuth ?? [];
    if (register?.fields === undefined || password === undefined || recovery === undefined)
      throw new Error('no example');
    const fields = registerFields(register.fields);
    const proof = proveRegistration(fields, context, fromHex(password.authSeed), fromHex(recovery.authSeed));
    expect(toHex(proof.proof)).toBe(register.signature);
    expect(toHex(proof.authKeySignature)).toBe(password.signature);
    expect(toHex(proof.recoveryAuthKeySignature)).toBe(recovery.signature);
  });

  it.each([0, 31, 33])('are never made for a challenge of %d bytes', (length) => {
    const short = { ...context, challenge: new Uint8Array(length) };
    expect(() => proveLogin(short, new Uint8Array(32))).toThrow(expect.objectContaining({ field: 'challenge' }));
  });
});
