import { ByteWriter, tag, utf8 } from './bytes.js';
import { LENGTHS } from './limits.js';
import { uuidToBytes } from './uuid.js';

/**
 * Header that proves an action of a session that is bound to no key: base64url of challenge and signature, with a dot
 * between them; the signature alone for an action without a challenge (section 4).
 */
export const SIGNING_PROOF_HEADER = 'sealpost-proof';

/** What a signed-in device can prove that it wants, without the password (section 4). */
export type SigningAction = 'cancel-resets' | 'end-session' | 'block' | 'unblock' | 'put-state';

/** What the newest signing key of an account signs to prove an action. */
export interface SigningProof {
  readonly action: SigningAction;
  readonly serviceId: string;
  readonly userId: string;
  /** The bytes that the encoders below give. */
  readonly fields: Uint8Array;
}

/** tag(`auth-sign/v1`) ‖ lp(action) ‖ lp(serviceId) ‖ userId ‖ fields. */
export function signingProofBytes({ action, serviceId, userId, fields }: SigningProof): Uint8Array {
  return new ByteWriter()
    .raw(tag('auth-sign/v1'))
    .lp(utf8(action), 'action')
    .lp(utf8(serviceId), 'serviceId')
    .raw(uuidToBytes(userId, 'userId'))
    .raw(fields)
    .finish();
}

/**
 * challenge32, and for an action that is about a session or a user ‖ its id.
 * @param challenge issued for the account's loginId
 */
export function encodeChallengeFields(challenge: Uint8Array, subject?: string): Uint8Array {
  const writer = new ByteWriter().fixed(challenge, LENGTHS.challenge, 'challenge');
  return (subject === undefined ? writer : writer.raw(uuidToBytes(subject, 'subject'))).finish();
}

/** A state that is to be stored. Its version is stored once, so that the proof needs no challenge. */
export interface PutStateFields {
  readonly stateVersion: number;
  readonly previousHash: Uint8Array;
  /** SHA-256 of the sealed state. */
  readonly stateHash: Uint8Array;
}

/** u32 stateVersion ‖ previousHash ‖ H(state). */
export function encodePutStateFields({ stateVersion, previousHash, stateHash }: PutStateFields): Uint8Array {
  return new ByteWriter()
    .u32(stateVersion, 'stateVersion')
    .fixed(previousHash, LENGTHS.hash, 'previousHash')
    .fixed(stateHash, LENGTHS.hash, 'stateHash')
    .finish();
}
