import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  ByteReader,
  encodeRegisterFields,
  fromUtf8,
  sessionKeyThumbprintBytes,
  type AuthAction,
  type RegisterFields,
  type SigningAction,
} from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import {
  authPayloadHash,
  proveAction,
  proveLogin,
  proveNewAccount,
  proveSigning,
  signNewAuthKey,
} from './auth-proof.js';
import { sha256, signingPublicKey } from './primitives.js';
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
  it.each(auth.proofs)(
    'proofs of an auth key for $action are those of the fixed example',
    ({ action, fields, authSeed, ...proof }) => {
      const hash =
        action === 'login'
          ? new Uint8Array(32)
          : authPayloadHash(action as Exclude<AuthAction, 'login'>, fromHex(fields ?? ''));
      expect(toHex(hash)).toBe(proof.payloadHash);
      expect(toHex(proveAction(action as AuthAction, context, hash, fromHex(authSeed)))).toBe(proof.signature);
      for (const key of proof.newAuth) {
        expect(toHex(signNewAuthKey(fromHex(key.authSeed), context.challenge, hash))).toBe(key.signature);
      }
    },
  );

  it.each(auth.signing.proofs)(
    'proofs of an auth key by a signing key, for $action, are those of the fixed example',
    (proof) => {
      const { action, fields, signature } = proof;
      const userId = '018f4e7e-7b7a-7c3e-9c5c-00000000000a';
      const wish = { action: action as SigningAction, serviceId: 'msg.example', userId, fields: fromHex(fields) };
      expect(toHex(proveSigning(wish, fromHex(auth.signing.signSeed)))).toBe(signature);
    },
  );

  it('proofs of an auth key cover all nine actions', () => {
    expect(new Set(auth.proofs.map(({ action }) => action)).size).toBe(9);
  });

  it('proofs of an auth key prove a log-in with the signature of the fixed example', () => {
    const login = auth.proofs.find(({ action }) => action === 'login');
    expect(toHex(proveLogin(context, fromHex(login?.authSeed ?? '')))).toBe(login?.signature);
  });

  it('proofs of an auth key prove a registration with the three signatures of the fixed example', () => {
    const register = auth.proofs.find(({ action }) => action === 'register');
    const [password, recovery] = register?.newAuth ?? [];
    if (register?.fields === undefined || password === undefined || recovery === undefined)
      throw new Error('no example');
    const fields = encodeRegisterFields(registerFields(register.fields));
    const proof = proveNewAccount('register', fields, context, {
      authSeed: fromHex(password.authSeed),
      recoveryAuthSeed: fromHex(recovery.authSeed),
    });
    expect(toHex(proof.proof)).toBe(register.signature);
    expect(toHex(proof.authKeySignature)).toBe(password.signature);
    expect(toHex(proof.recoveryAuthKeySignature)).toBe(recovery.signature);
  });

  it('proofs of an auth key cover the thumbprint of a session key as the fixed examples do', () => {
    const { seed, jwk, thumbprint, proofs } = auth.sessionKey;
    const publicKey = signingPublicKey(fromHex(seed));
    expect(fromUtf8(sessionKeyThumbprintBytes(publicKey))).toBe(jwk);
    expect(toHex(sha256(sessionKeyThumbprintBytes(publicKey)))).toBe(thumbprint);
    const [login, bound] = proofs;
    expect(toHex(proveLogin(context, fromHex(login.authSeed), fromHex(thumbprint)))).toBe(login.signature);
    const plain = auth.proofs.find(({ action }) => action === 'register');
    const [password, recovery] = bound.newAuth;
    const seeds = {
      authSeed: fromHex(password?.authSeed ?? ''),
      recoveryAuthSeed: fromHex(recovery?.authSeed ?? ''),
    };
    const fields = encodeRegisterFields(registerFields(plain?.fields ?? ''), fromHex(thumbprint));
    const made = proveNewAccount('register', fields, context, seeds);
    expect(toHex(made.proof)).toBe(bound.signature);
    expect(toHex(made.authKeySignature)).toBe(password?.signature);
    expect(toHex(made.recoveryAuthKeySignature)).toBe(recovery?.signature);
  });

  it.each([0, 31, 33])('proofs of an auth key are never made for a challenge of %d bytes', (length) => {
    const short = { ...context, challenge: new Uint8Array(length) };
    expect(() => proveLogin(short, new Uint8Array(32))).toThrow(expect.objectContaining({ field: 'challenge' }));
  });
});
