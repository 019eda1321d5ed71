import type {
  AuthProof,
  ChainContext,
  Handle,
  KeyRefusal,
  PairingContext,
  PairingExchange,
  PairingOffer,
  SignedStatement,
  SigningProof,
  StatementPrimitives,
  StatementVerdict,
} from '@sealpost/protocol';
import type {
  CheckedEnvelope,
  EnvelopeInput,
  EnvelopeRecipient,
  EnvelopeRefusal,
  EnvelopeVerdict,
} from './envelope-check.js';

/**
 * All cryptography of the server: it hashes, authenticates and verifies. It holds nobody's private key and has no method
 * that signs, decrypts or derives a key from a password. No method throws for bad input: each answers false, null or
 * the typed reason of the refusal.
 */
export abstract class CryptoService implements StatementPrimitives {
  /** SHA-256. */
  abstract sha256(bytes: Uint8Array): Uint8Array;

  /** HMAC-SHA-256 with a secret of the server's own. */
  abstract hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;

  /** Equality in a time that depends on the lengths only. */
  abstract equal(a: Uint8Array, b: Uint8Array): boolean;

  /** The bytes of canonical base64url without padding, else null (protocol section 1). */
  abstract decodeBase64Url(text: string): Uint8Array | null;

  /** Canonical, on the curve, of prime order (protocol section 5); `low-order` also where only a part is of low order. */
  abstract checkEd25519PublicKey(key: Uint8Array): KeyRefusal | null;

  /** Canonical and not of low order; points on the twist are fine (protocol section 5). */
  abstract checkX25519PublicKey(key: Uint8Array): KeyRefusal | null;

  /** The right length, a valid X25519 part, and encapsulation succeeds (protocol section 5). */
  abstract checkXWingPublicKey(key: Uint8Array): KeyRefusal | null;

  /** A detached Ed25519 signature; false also for wrong lengths, small-order keys and a non-canonical S. */
  abstract verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;

  /** The proof of an auth key (protocol section 4). */
  abstract verifyAuthProof(proof: AuthProof, publicKey: Uint8Array, signature: Uint8Array): boolean;

  /**
   * What a new auth key signs itself (protocol section 4, `auth-new`). The key is to be checked with
   * `checkEd25519PublicKey` as well.
   */
  abstract verifyNewAuthKey(
    publicKey: Uint8Array,
    challenge: Uint8Array,
    payloadHash: Uint8Array,
    signature: Uint8Array,
  ): boolean;

  /** What the signing key of an account proves without the password (protocol section 4). */
  abstract verifySigningProof(proof: SigningProof, publicKey: Uint8Array, signature: Uint8Array): boolean;

  /** A key statement on top of its predecessor (protocol section 5), but for the clock. */
  abstract verifyKeyStatement(signed: SignedStatement, context: ChainContext): StatementVerdict;

  /** The binding of a loginId to a user by the user's signing key (protocol section 5, handleSignature). */
  abstract verifyHandle(handle: Handle, signature: Uint8Array, publicKey: Uint8Array): boolean;

  /** Whether a new device has revealed what it had committed to (protocol section 10). */
  abstract verifyPairingOffer(commitment: Uint8Array, context: PairingContext, offer: PairingOffer): boolean;

  /** Whether the signing key of the answer has signed the handover in this exchange (protocol section 10). */
  abstract verifyHandover(exchange: PairingExchange, handover: Uint8Array, publicKey: Uint8Array): boolean;

  /** What of sections 8.3 and 9.1 needs no look at the database. */
  abstract checkEnvelopeForm(input: EnvelopeInput): EnvelopeVerdict;

  /** The rest of section 8.3: that each slot is for the stated key version of its recipient. */
  abstract checkEnvelopeSlots(
    checked: CheckedEnvelope,
    recipients: readonly EnvelopeRecipient[],
  ): EnvelopeRefusal | null;

  /** Checks an envelope and its slots at once, where the recipients' statements are at hand. */
  abstract verifyEnvelope(
    input: Omit<EnvelopeInput, 'recipients'> & { readonly recipients: readonly EnvelopeRecipient[] },
  ): EnvelopeRefusal | null;
}
