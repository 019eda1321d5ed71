import { equalBytes, PASSWORD_SUITES } from '@sealpost/protocol';
import type { AuthAction } from '@sealpost/protocol';
import { keyRefused, suiteUnknown, unlockFormatUnknown } from './proofs.errors.js';

/** What somebody proves to want with an auth key (protocol section 4). Nothing of it is verified yet. */
export interface ClaimedProof {
  readonly action: AuthAction;
  /** The loginId for which the challenge was made. Normalised. */
  readonly loginId: string;
  readonly challenge: Uint8Array;
  /** The action's fields as @sealpost/protocol encodes them. A `login` without a session key has none, and a payloadHash of zeros. */
  readonly fields: Uint8Array;
  readonly proof: Uint8Array;
  /** The auth keys that are to be from now on. */
  readonly newKeys: readonly NewAuthKey[];
}

/** A new auth key, with what it signs itself (`auth-new`). */
export interface NewAuthKey {
  readonly kind: 'password' | 'recovery';
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Members of a request that brings both auth keys, as a registration does. */
export interface TwoNewAuthKeys {
  readonly authPublicKey: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}

export function bothAuthKeys(request: TwoNewAuthKeys): readonly NewAuthKey[] {
  return [
    { kind: 'password', publicKey: request.authPublicKey, signature: request.authKeySignature },
    { kind: 'recovery', publicKey: request.recoveryAuthPublicKey, signature: request.recoveryAuthKeySignature },
  ];
}

/** Members of requests, named alike in all of them. */
export const KEY_MEMBERS = {
  password: { key: 'authPublicKey', signature: 'authKeySignature' },
  recovery: { key: 'recoveryAuthPublicKey', signature: 'recoveryAuthKeySignature' },
} as const;

/** Format byte of the committed AEAD (protocol section 6). */
const UNLOCK_FORMAT = 1;

/** Members of a request that have rules of their own beside their lengths. */
export interface CredentialForm {
  readonly suite?: number;
  readonly passwordUnlock?: Uint8Array;
  readonly recoveryUnlock?: Uint8Array;
}

/** What of new credentials can be refused without any cryptography. Lengths were checked before. */
export function checkCredentialForm(form: CredentialForm): void {
  if (form.suite !== undefined && !PASSWORD_SUITES.has(form.suite)) throw suiteUnknown();
  for (const member of ['passwordUnlock', 'recoveryUnlock'] as const) {
    const unlock = form[member];
    if (unlock !== undefined && unlock[0] !== UNLOCK_FORMAT) throw unlockFormatUnknown(member);
  }
}

/**
 * A key has one purpose, and a new key is new.
 * @param others the account's auth keys of before, and the signing key of its newest statement
 */
export function checkKeysApart(newKeys: readonly NewAuthKey[], others: readonly Uint8Array[]): void {
  const seen = [...others];
  for (const { kind, publicKey } of newKeys) {
    if (seen.some((other) => equalBytes(other, publicKey))) {
      throw keyRefused(KEY_MEMBERS[kind].key, 'A new auth key must be another key than the account’s other keys.');
    }
    seen.push(publicKey);
  }
}
