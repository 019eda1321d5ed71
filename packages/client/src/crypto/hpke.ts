import { concat, utf8 } from '@sealpost/protocol';

import { CryptoRefused } from './crypto-refused.js';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { sodium } from './sodium.js';
import { wipe, wiping } from './wipe.js';

/** "HPKE" ‖ X-Wing 0x647a ‖ HKDF-SHA256 0x0001 ‖ ChaCha20Poly1305 0x0003. */
const SUITE_ID = concat(utf8('HPKE'), Uint8Array.of(0x64, 0x7a, 0x00, 0x01, 0x00, 0x03));
const VERSION_LABEL = utf8('HPKE-v1');
const MODE_BASE = Uint8Array.of(0);
const EMPTY = new Uint8Array(0);

export interface HpkeSealed {
  /** X-Wing ciphertext, 1120 bytes. */
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function labeledExtract(salt: Uint8Array, label: string, inputKey: Uint8Array): Uint8Array {
  const input = concat(VERSION_LABEL, SUITE_ID, utf8(label), inputKey);
  return wiping([input], () => hkdfExtract(salt, input));
}

function labeledExpand(prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return hkdfExpand(
    prk,
    concat(Uint8Array.of(length >> 8, length & 0xff), VERSION_LABEL, SUITE_ID, utf8(label), info),
    length,
  );
}

/** KeySchedule of RFC 9180 in base mode, for the one message that a context of ours carries. */
function keySchedule(
  sharedSecret: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const pskIdHash = labeledExtract(EMPTY, 'psk_id_hash', EMPTY);
  const context = concat(MODE_BASE, pskIdHash, labeledExtract(EMPTY, 'info_hash', info));
  const secret = labeledExtract(sharedSecret, 'secret', EMPTY);
  return wiping([secret], () => ({
    key: labeledExpand(secret, 'key', context, 32),
    nonce: labeledExpand(secret, 'base_nonce', context, 12),
  }));
}

/** HPKE base mode to an X-Wing public key (RFC 9180), single shot, empty aad. */
export function hpkeSeal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): HpkeSealed {
  return sealWith(sodium().crypto_kem_xwing_enc(publicKey), info, plaintext);
}

/**
 * hpkeSeal with a fixed 64-byte seed of the encapsulation, for fixed examples. Never use a seed twice, and nowhere else.
 */
export function hpkeSealDeterministic(
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
  seed: Uint8Array,
): HpkeSealed {
  return sealWith(sodium().crypto_kem_xwing_enc_deterministic(publicKey, seed), info, plaintext);
}

function sealWith(
  encapsulated: { readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array },
  info: Uint8Array,
  plaintext: Uint8Array,
): HpkeSealed {
  const { key, nonce } = keySchedule(encapsulated.sharedSecret, info);
  wipe(encapsulated.sharedSecret);
  const ciphertext = wiping([key], () =>
    sodium().crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, EMPTY, null, nonce, key),
  );
  return { enc: encapsulated.ciphertext, ciphertext };
}

/**
 * Opens hpkeSeal's output with the 32-byte X-Wing seed. Throws CryptoRefused `cannot-decrypt` at anything else: X-Wing
 * rejects implicitly, so that a wrong `enc` shows as a ciphertext that does not open.
 */
export function hpkeOpen(kemSeed: Uint8Array, sealed: HpkeSealed, info: Uint8Array): Uint8Array {
  const { privateKey } = sodium().crypto_kem_xwing_seed_keypair(kemSeed);
  try {
    const sharedSecret = sodium().crypto_kem_xwing_dec(sealed.enc, privateKey);
    const { key, nonce } = wiping([sharedSecret], () => keySchedule(sharedSecret, info));
    return wiping([key], () =>
      sodium().crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed.ciphertext, EMPTY, nonce, key),
    );
  } catch {
    throw new CryptoRefused('cannot-decrypt');
  } finally {
    wipe(privateKey);
  }
}
