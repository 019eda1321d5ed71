import { Injectable } from '@nestjs/common';
import { authPayloadBytes, LENGTHS } from '@sealpost/protocol';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { KEY_MEMBERS } from './auth-proof.js';
import type { ClaimedProof } from './auth-proof.js';
import { keyRefused, proofRefused } from './proofs.errors.js';

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
