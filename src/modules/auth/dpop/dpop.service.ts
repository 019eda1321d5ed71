import { Injectable } from '@nestjs/common';
import { encodeBase64Url, equalBytes, sessionKeyThumbprintBytes, utf8 } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { parseStrictJson } from '../../../core/http/index.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { secretMac } from '../shared/secret-mac.js';
import type { SecretMac } from '../shared/secret-mac.js';
import {
  isAddressOfRequest,
  isCurrentNonce,
  makeNonce,
  NONCE_CLOCK_DIFFERENCE_MS,
  NONCE_LIFE_MS,
  ProofFault,
  readDpopProof,
} from './dpop-proof.js';
import type { DpopProof } from './dpop-proof.js';
import { dpopNonce, dpopRefused, dpopRequired, tooManyProofs } from './dpop.errors.js';
import { SeenProofs } from './seen-proofs.js';

/** In any clock of a replica, from the first moment at which a proof can be presented to the last. */
const MEMORY_MS = NONCE_LIFE_MS + NONCE_CLOCK_DIFFERENCE_MS;
/** More than one process can verify in that time; about 60 bytes each. */
const MOST_PROOFS = 500_000;

/** What a proof has to be of. */
interface Expected {
  /** Thumbprint of the key that the session is bound to; null where a session is to be bound to the key of the proof. */
  readonly key: Uint8Array | null;
  /** null where the request carries none. */
  readonly accessToken: string | null;
}

/** Proofs of session keys (RFC 9449). Asks no database: nonces carry a MAC, and accepted proofs are remembered here. */
@Injectable()
export class DpopService {
  private readonly mac: SecretMac;
  private readonly seen = new SeenProofs(MEMORY_MS, MOST_PROOFS);
  /** Unix milliseconds: this process remembers no proof of that time and before. */
  private remembersSince: number;

  constructor(
    private readonly settings: Settings,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    secrets: ServerSecrets,
  ) {
    this.mac = secretMac(crypto, secrets.challengeKey);
    this.remembersSince = clock.now();
  }

  /** For the header DPoP-Nonce. Never of the moment in which the process began, which it does not accept. */
  nonce(): string {
    return encodeBase64Url(makeNonce(Math.max(this.now(), this.remembersSince + 1), this.mac));
  }

  /**
   * The thumbprint of the key that a new session is to be bound to; null for a session without one.
   * @throws auth.dpop-required where the settings ask for one
   */
  keyOfNewSession(presented: PresentedProof): Uint8Array | null {
    if (presented.proof !== undefined) return this.verify(presented, { key: null, accessToken: null });
    if (this.settings.dpop === 'optional') return null;
    throw dpopRequired(this.nonce());
  }

  /**
   * Checks the proof of a new session whose key was settled before.
   * @param key thumbprint; null: none
   */
  requireKeyOfNewSession(presented: PresentedProof, key: Uint8Array | null): void {
    if (key === null) {
      if (presented.proof !== undefined) throw dpopRefused('the session is to be bound to no key', this.nonce());
      this.requireNoKey();
      return;
    }
    if (equalBytes(this.verify(presented, { key: null, accessToken: null }), key)) return;
    throw dpopRefused('it is not by the key that the session is to be bound to', this.nonce());
  }

  /**
   * Requires what a request owes that shows a token of the session.
   * @param key thumbprint of the session's key; null where it is bound to none
   * @param accessToken null: it shows a refresh token, or the token of a request
   */
  requireOfSession(presented: PresentedProof, key: Uint8Array | null, accessToken: string | null = null): void {
    if (key !== null) this.verify(presented, { key, accessToken });
    else this.requireNoKey();
  }

  /** @throws auth.dpop-required where the settings do not allow sessions without a key */
  requireNoKey(): void {
    if (this.settings.dpop !== 'optional') throw dpopRequired(this.nonce());
  }

  private verify(presented: PresentedProof, expected: Expected): Uint8Array {
    const { proof } = presented;
    if (proof === undefined) throw dpopRequired(this.nonce());
    try {
      const read = readDpopProof(proof, parseStrictJson);
      const key = this.crypto.sha256(sessionKeyThumbprintBytes(read.publicKey));
      this.checkRequest(read, presented, expected.accessToken);
      this.checkKey(read, key, expected.key);
      this.useOnce(read, key);
      presented.offerNonce(this.nonce());
      return key;
    } catch (error) {
      if (!(error instanceof ProofFault)) throw error;
      throw dpopRefused(error.message, this.nonce());
    }
  }

  private checkRequest({ claims }: DpopProof, presented: PresentedProof, accessToken: string | null): void {
    if (claims.htm !== presented.method) throw new ProofFault('its htm is not the method of the request');
    if (!isAddressOfRequest(claims.htu, presented, this.settings.publicUrl)) {
      throw new ProofFault('its htu is not the address of the request, as the server knows it (SEALPOST_PUBLIC_URL)');
    }
    const ath = accessToken === null ? undefined : encodeBase64Url(this.crypto.sha256(utf8(accessToken)));
    if (claims.ath !== ath) {
      throw new ProofFault(
        ath === undefined ? 'it has an ath, without an access token' : 'it is for another access token',
      );
    }
  }

  private checkKey({ publicKey, signed, signature }: DpopProof, key: Uint8Array, expected: Uint8Array | null): void {
    if (expected !== null && !equalBytes(key, expected)) throw new ProofFault('it is not by the key of the session');
    // The key of a session was looked at when the session was bound to it.
    const refusal = expected === null ? this.crypto.checkEd25519PublicKey(publicKey) : null;
    if (refusal !== null) throw new ProofFault(`its key is not a valid Ed25519 public key (${refusal})`);
    if (!this.crypto.verifySignature(signature, signed, publicKey)) throw new ProofFault('its signature does not hold');
  }

  private useOnce({ claims: { nonce, jti } }: DpopProof, key: Uint8Array): void {
    const bytes = nonce === undefined ? null : this.crypto.decodeBase64Url(nonce);
    if (bytes === null || !isCurrentNonce(bytes, this.now(), this.remembersSince, this.mac))
      throw dpopNonce(this.nonce());
    const id = Buffer.from(this.crypto.sha256(Buffer.concat([key, utf8(jti)]))).toString('latin1', 0, 16);
    const verdict = this.seen.add(id, this.clock.now());
    if (verdict === 'full') throw tooManyProofs();
    if (verdict === 'seen') throw new ProofFault('it was used before');
  }

  /**
   * Where the clock was ahead at the start and was set back since, it begins to count again: otherwise every proof would be
   * refused until that time has come once more.
   */
  private now(): number {
    const now = this.clock.now();
    if (now < this.remembersSince - NONCE_CLOCK_DIFFERENCE_MS) this.remembersSince = now;
    return now;
  }
}
