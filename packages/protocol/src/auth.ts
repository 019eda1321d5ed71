import { ByteWriter, tag, utf8 } from './bytes.js';
import { LENGTHS } from './limits.js';

/** What an auth key can prove that its holder wants (section 4). */
export type AuthAction =
  | 'login'
  | 'register'
  | 'open-recovery'
  | 'change-password'
  | 'recover'
  | 'replace-recovery'
  | 'rekey'
  | 'add-escrow'
  | 'reset-keys'
  | 'delete-account';

/**
 * What is hashed into payloadHash: tag(`payload/v1`) ‖ lp(action) ‖ fields. For a `login` without a session key the hash
 * is 32 zero bytes instead.
 */
export function authPayloadBytes(action: AuthAction, fields: Uint8Array): Uint8Array {
  return new ByteWriter().raw(tag('payload/v1')).lp(utf8(action), 'action').raw(fields).finish();
}

/** What an auth key signs to prove an action (section 4). */
export interface AuthProof {
  readonly action: AuthAction;
  readonly serviceId: string;
  /** Normalised. */
  readonly loginId: string;
  readonly challenge: Uint8Array;
  /** 32 bytes; zeros for a `login` without a session key. */
  readonly payloadHash: Uint8Array;
}

/** tag(`auth/v1`) ‖ lp(action) ‖ lp(serviceId) ‖ lp(loginId) ‖ challenge ‖ payloadHash. */
export function authProofBytes(proof: AuthProof): Uint8Array {
  return new ByteWriter()
    .raw(tag('auth/v1'))
    .lp(utf8(proof.action), 'action')
    .lp(utf8(proof.serviceId), 'serviceId')
    .lp(utf8(proof.loginId), 'loginId')
    .fixed(proof.challenge, LENGTHS.challenge, 'challenge')
    .fixed(proof.payloadHash, LENGTHS.hash, 'payloadHash')
    .finish();
}

/** What every new auth key signs itself: tag(`auth-new/v1`) ‖ challenge ‖ payloadHash. */
export function newAuthKeyBytes(challenge: Uint8Array, payloadHash: Uint8Array): Uint8Array {
  return new ByteWriter()
    .raw(tag('auth-new/v1'))
    .fixed(challenge, LENGTHS.challenge, 'challenge')
    .fixed(payloadHash, LENGTHS.hash, 'payloadHash')
    .finish();
}

/** What the server puts under its MAC in a challenge: tag(`challenge/v1`) ‖ lp(loginId) ‖ the first 16 bytes. */
export function challengeMacBytes(loginId: string, head: Uint8Array): Uint8Array {
  return new ByteWriter().raw(tag('challenge/v1')).lp(utf8(loginId), 'loginId').fixed(head, 16, 'head').finish();
}

/** What the decoy salt of an unknown loginId is the MAC of: tag(`decoy/v1`) ‖ lp(loginId). */
export function decoySaltBytes(loginId: string): Uint8Array {
  return new ByteWriter().raw(tag('decoy/v1')).lp(utf8(loginId), 'loginId').finish();
}

/** The hash input of argonSalt (section 2): tag(`pw/salt/v1`) ‖ u8 suite ‖ lp(serviceId) ‖ lp(loginId) ‖ salt. */
export function argonSaltBytes(suite: number, serviceId: string, loginId: string, salt: Uint8Array): Uint8Array {
  return new ByteWriter()
    .raw(tag('pw/salt/v1'))
    .u8(suite, 'suite')
    .lp(utf8(serviceId), 'serviceId')
    .lp(utf8(loginId), 'loginId')
    .fixed(salt, LENGTHS.salt, 'salt')
    .finish();
}
