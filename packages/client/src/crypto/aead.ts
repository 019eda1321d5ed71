import { CryptoRefused } from './crypto-refused.js';
import { sodium } from './sodium.js';

/**
 * XChaCha20-Poly1305-IETF, not committing by itself: use it with a key of deriveCommittedKey.
 * @param key 32 bytes
 * @param nonce 24 bytes, never twice under one key
 */
export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return sodium().crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, null, nonce, key);
}

/** The plaintext of aeadSeal's output. Throws CryptoRefused `cannot-decrypt`. */
export function aeadOpen(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array): Uint8Array {
  try {
    return sodium().crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, aad, nonce, key);
  } catch {
    throw new CryptoRefused('cannot-decrypt');
  }
}
