import { equalBytes, PASSWORD_SUITES } from '@sealpost/protocol';
import type { RegisterFields, SignedStatement } from '@sealpost/protocol';
import { keyRefused, suiteUnknown, unlockFormatUnknown } from './auth.errors.js';

/** What somebody sends to get an account: the fields of action `register` (protocol section 4), and their proofs. */
export interface Registration extends Omit<RegisterFields, 'keysHash'> {
  /** Normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  readonly challenge: Uint8Array;
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
  readonly invitation?: Uint8Array;
  readonly sessionName?: string;
}

/** Format byte of the committed AEAD (protocol section 6). */
const UNLOCK_FORMAT = 1;

/** What can be said without any cryptography. Lengths were checked before. */
export function checkRegistrationForm(registration: Registration): void {
  if (!PASSWORD_SUITES.has(registration.suite)) throw suiteUnknown();
  if (registration.passwordUnlock[0] !== UNLOCK_FORMAT) throw unlockFormatUnknown('passwordUnlock');
  if (registration.recoveryUnlock[0] !== UNLOCK_FORMAT) throw unlockFormatUnknown('recoveryUnlock');
  if (equalBytes(registration.authPublicKey, registration.recoveryAuthPublicKey)) {
    throw keyRefused('recoveryAuthPublicKey', 'The recovery auth key must be another key than the password auth key.');
  }
}

/** A key has one purpose: what logs in does not sign messages. */
export function checkKeysApart(registration: Registration, signingPublicKey: Uint8Array): void {
  for (const member of ['authPublicKey', 'recoveryAuthPublicKey'] as const) {
    if (equalBytes(registration[member], signingPublicKey)) {
      throw keyRefused(member, 'An auth key must be another key than the signing key of the statement.');
    }
  }
}
