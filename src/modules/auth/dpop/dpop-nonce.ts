import { ByteReader, ByteWriter, concat, tag } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

/** How long proofs with one nonce are accepted. */
export const NONCE_LIFE_SECONDS = 120;
/** How far ahead the clock of the replica that issued a nonce may be. */
export const NONCE_CLOCK_DIFFERENCE_SECONDS = 30;

const HEAD_BYTES = 4;
const MAC_BYTES = 16;

/** u32 unix seconds ‖ MAC[0..16]: nothing has to be stored for it, and every replica knows it. */
export function makeNonce(seconds: number, mac: SecretMac): Uint8Array {
  const head = new ByteWriter().u32(seconds, 'time').finish();
  return concat(head, macOf(head, mac));
}

/**
 * Whether a nonce was issued here and is not too old.
 * @param now Unix time in seconds
 * @param since nonces of that second and before do not count: the process remembers no proof of that time
 */
export function isCurrentNonce(nonce: Uint8Array, now: number, since: number, mac: SecretMac): boolean {
  if (nonce.length !== HEAD_BYTES + MAC_BYTES) return false;
  const head = nonce.subarray(0, HEAD_BYTES);
  if (!mac.equal(nonce.subarray(HEAD_BYTES), macOf(head, mac))) return false;
  const issuedAt = new ByteReader(head, 'nonce').u32('time');
  const age = now - issuedAt;
  return issuedAt > since && age < NONCE_LIFE_SECONDS && age >= -NONCE_CLOCK_DIFFERENCE_SECONDS;
}

function macOf(head: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('dpop-nonce/v1'), head)).subarray(0, MAC_BYTES);
}
