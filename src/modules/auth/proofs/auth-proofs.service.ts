import { Injectable } from '@nestjs/common';
import { authPayloadBytes, equalBytes, LENGTHS, PASSWORD_SUITES } from '@sealpost/protocol';
import type { AuthAction } from '@sealpost/protocol';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { keyRefused, proofRefused, suiteUnknown, unlockFormatUnknown } from '../shared/auth.errors.js';

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

/** A `login` without a session key signs no payload (protocol section 4). */
const NO_PAYLOAD = new Uint8Array(LENGTHS.hash);

/** A valid key (RFC 8032, test 1): signatures for unknown loginIds are verified too, with a result that is not used. */
const NOBODYS_KEY = Uint8Array.from(
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'.match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);

/** The signatures of auth keys. Needs no database. */
@Injectable()
export class AuthProofs {
  constructor(
    private readonly settings: Settings,
    private readonly crypto: CryptoService,
  ) {}

  /**
   * Whether the proof is by this key. Without a key the work is the same as for a wrong one, and so is the answer.
   * @throws auth.key-refused where a new key is not valid; auth.proof-refused where the proof holds, and a new key has
   * not signed itself for this very request
   */
  verify(claimed: ClaimedProof, publicKey: Uint8Array | null): boolean {
    this.checkNewKeys(claimed);
    const { action, loginId, challenge, fields, proof } = claimed;
    const { serviceId } = this.settings;
    const isPlainLogin = action === 'login' && fields.length === 0;
    const payloadHash = isPlainLogin ? NO_PAYLOAD : this.crypto.sha256(authPayloadBytes(action, fields));
    const signed = { action, serviceId, loginId, challenge, payloadHash };
    const holds = this.crypto.verifyAuthProof(signed, publicKey ?? NOBODYS_KEY, proof);
    if (!holds || publicKey === null) return false;
    this.checkOwnSignatures(claimed, payloadHash);
    return true;
  }

  private checkNewKeys({ newKeys }: ClaimedProof): void {
    for (const { kind, publicKey } of newKeys) {
      const refusal = this.crypto.checkEd25519PublicKey(publicKey);
      if (refusal === null) continue;
      throw keyRefused(KEY_MEMBERS[kind].key, `The key is not a valid Ed25519 public key (${refusal}).`);
    }
  }

  private checkOwnSignatures({ challenge, newKeys }: ClaimedProof, payloadHash: Uint8Array): void {
    for (const { kind, publicKey, signature } of newKeys) {
      if (this.crypto.verifyNewAuthKey(publicKey, challenge, payloadHash, signature)) continue;
      throw proofRefused(KEY_MEMBERS[kind].signature);
    }
  }
}
