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
  newAuthKeyBytes,
  type AuthAction,
} from './auth.js';

const { auth, password } = vectors;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const refusal = (field: string) => expect.objectContaining({ name: 'ProtocolError', field });

describe('What an auth key signs', () => {
  it.each(auth.proofs)(
    'what an auth key signs for $action is that of the fixed example',
    ({ action, fields, payloadHash, tbs }) => {
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
    },
  );

  it('what an auth key signs has a challenge and a hash of 32 bytes', () => {
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

describe('The inputs of the server’s hashes', () => {
  it('the inputs of the server’s hashes of Argon2’s salt are those of the fixed example', () => {
    for (const { input, loginIdNormalised, argonSalt } of password.cases) {
      const bytes = argonSaltBytes(input.suite, input.serviceId, loginIdNormalised, fromHex(input.salt));
      expect(sha256(bytes).slice(0, 32)).toBe(argonSalt);
    }
  });

  it('the inputs of the server’s hashes of challenges and decoys differ in their tags, and in nothing that a loginId could imitate', () => {
    const head = new Uint8Array(16);
    expect(Buffer.from(challengeMacBytes('alice', head)).toString('latin1')).toBe(
      `sealpost/challenge/v1\0\0\x05alice${'\0'.repeat(16)}`,
    );
    expect(Buffer.from(decoySaltBytes('alice')).toString('latin1')).toBe('sealpost/decoy/v1\0\0\x05alice');
    expect(() => challengeMacBytes('alice', new Uint8Array(15))).toThrow(refusal('head'));
  });
});
