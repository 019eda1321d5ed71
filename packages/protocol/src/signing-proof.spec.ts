import { describe, expect, it } from '@jest/globals';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { encodeChallengeFields, encodePutStateFields, type SigningAction, signingProofBytes } from './signing-proof.js';

const challenge = new Uint8Array(32).fill(5);
const userId = '018f4e7e-7b7a-7c3e-9c5c-00000000000a';
const USER_ID = Buffer.from('018f4e7e7b7a7c3e9c5c00000000000a', 'hex');

describe('a proof by a signing key', () => {
  it.each(vectors.auth.signing.proofs)(
    'what a signing key signs to prove an action is for $action that of the fixed example',
    ({ action, fields, tbs }) => {
      const proof = { action: action as SigningAction, serviceId: 'msg.example', userId, fields: fromHex(fields) };
      expect(toHex(signingProofBytes(proof))).toBe(tbs);
    },
  );

  it('what a signing key signs to prove an action is bound to action, service, user and fields, under a tag of its own', () => {
    const fields = encodeChallengeFields(challenge);
    const proof = { action: 'cancel-resets', serviceId: 'msg.example', userId, fields } as const;
    const text = 'sealpost/auth-sign/v1\0\0\rcancel-resets\0\vmsg.example';
    expect(Buffer.from(signingProofBytes(proof))).toEqual(
      Buffer.concat([Buffer.from(text, 'latin1'), USER_ID, challenge]),
    );
  });

  it('what a signing key signs to prove an action names the session or the user that it is about', () => {
    expect(Buffer.from(encodeChallengeFields(challenge, userId))).toEqual(Buffer.concat([challenge, USER_ID]));
    expect(() => encodeChallengeFields(new Uint8Array(31))).toThrow();
  });

  it('what a signing key signs to prove an action names a state by its version, the one before, and its hash', () => {
    const [previousHash, stateHash] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(Buffer.from(encodePutStateFields({ stateVersion: 258, previousHash, stateHash }))).toEqual(
      Buffer.concat([Buffer.of(0, 0, 1, 2), previousHash, stateHash]),
    );
    expect(() => encodePutStateFields({ stateVersion: 2 ** 32, previousHash, stateHash })).toThrow();
    expect(() => encodePutStateFields({ stateVersion: 1, previousHash, stateHash: challenge.subarray(1) })).toThrow();
  });
});
