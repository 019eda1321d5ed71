import { checkX25519PublicKey, LENGTHS, type KeyRefusal, type StatementPrimitives } from '@sealpost/protocol';

import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

export function sha256(bytes: Uint8Array): Uint8Array {
  return sodium().crypto_hash_sha256(bytes);
}

export function sha512(bytes: Uint8Array): Uint8Array {
  return sodium().crypto_hash_sha512(bytes);
}

export function randomBytes(length: number): Uint8Array {
  return sodium().randombytes_buf(length);
}

/** Equality in constant time, for secrets and commitments; other lengths differ. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sodium().memcmp(a, b);
}

/** Detached Ed25519 signature with the key pair of a 32-byte seed. */
export function sign(message: Uint8Array, seed: Uint8Array): Uint8Array {
  const { privateKey } = sodium().crypto_sign_seed_keypair(seed);
  try {
    return sodium().crypto_sign_detached(message, privateKey);
  } finally {
    wipe(privateKey);
  }
}

/** The Ed25519 public key of a 32-byte seed. */
export function signingPublicKey(seed: Uint8Array): Uint8Array {
  const { publicKey, privateKey } = sodium().crypto_sign_seed_keypair(seed);
  wipe(privateKey);
  return publicKey;
}

/** Verifies as libsodium does: small-order keys and a non-canonical S are refused. Never throws for bad input. */
export function verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== LENGTHS.signature || publicKey.length !== LENGTHS.signingPublicKey) return false;
  return sodium().crypto_sign_verify_detached(signature, message, publicKey);
}

/** True where the 255 bits are a number below 2^255 − 19; the sign bit is not part of it. */
function isCanonicalY(key: Uint8Array): boolean {
  if (((key[31] ?? 0) & 0x7f) !== 0x7f) return true;
  return (key[0] ?? 0) < 0xed || key.subarray(1, 31).some((byte) => byte !== 0xff);
}

/** Adding succeeds for every point on the curve, of whatever order. */
function isOnCurve(key: Uint8Array): boolean {
  try {
    sodium().crypto_core_ed25519_add(key, key);
    return true;
  } catch {
    return false;
  }
}

/**
 * The Ed25519 check of section 5: canonical, on the curve, of prime order.
 * @returns the reason of a refusal, or null; `low-order` also for a point with a component of low order
 */
export function checkEd25519PublicKey(key: Uint8Array): KeyRefusal | null {
  if (key.length !== LENGTHS.signingPublicKey) return 'wrong-length';
  if (!isCanonicalY(key)) return 'non-canonical';
  if (sodium().crypto_core_ed25519_is_valid_point(key)) return null;
  return isOnCurve(key) ? 'low-order' : 'off-curve';
}

/**
 * The X-Wing check of section 5: right length, the last 32 bytes pass the X25519 check, encapsulation succeeds.
 * @returns the reason of a refusal, or null
 */
export function checkXWingPublicKey(key: Uint8Array): KeyRefusal | null {
  if (key.length !== LENGTHS.kemPublicKey) return 'wrong-length';
  const refusal = checkX25519PublicKey(key.slice(-LENGTHS.boxPublicKey));
  if (refusal !== null) return refusal;
  try {
    wipe(sodium().crypto_kem_xwing_enc(key).sharedSecret);
    return null;
  } catch {
    return 'encapsulation-failed';
  }
}

/** What the chain rules of the protocol package need, by libsodium. */
export const statementPrimitives: StatementPrimitives = {
  sha256,
  verifySignature,
  checkEd25519PublicKey,
  checkXWingPublicKey,
};
