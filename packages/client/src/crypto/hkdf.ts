import { concat } from '@sealpost/protocol';

import { internal } from '../errors.js';
import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

const HASH_BYTES = 32;

function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const lib = sodium();
  const state = lib.crypto_auth_hmacsha256_init(key);
  lib.crypto_auth_hmacsha256_update(state, message);
  return lib.crypto_auth_hmacsha256_final(state);
}

/** HKDF-Extract of RFC 5869 with SHA-256. An empty salt is 32 zero bytes. */
export function hkdfExtract(salt: Uint8Array, inputKey: Uint8Array): Uint8Array {
  return hmacSha256(salt.length === 0 ? new Uint8Array(HASH_BYTES) : salt, inputKey);
}

/**
 * HKDF-Expand of RFC 5869 with SHA-256.
 * @param length bytes wanted, at most 255 × 32
 */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > 255 * HASH_BYTES)
    throw internal('HKDF makes 1 to 8160 bytes');
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let counter = 1, offset = 0; offset < length; counter++, offset += HASH_BYTES) {
    const input = concat(block, info, Uint8Array.of(counter));
    wipe(block);
    block = hmacSha256(prk, input);
    wipe(input);
    output.set(block.subarray(0, length - offset), offset);
  }
  wipe(block);
  return output;
}
