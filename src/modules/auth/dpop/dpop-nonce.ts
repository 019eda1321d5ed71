import { ByteReader, ByteWriter, concat, tag } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

/** How long proofs with one nonce are accepted. */
export const NONCE_LIFE_MS = 120_000;
/** How far ahead the clock of the replica that issued a nonce may be. */
export const NONCE_CLOCK_DIFFERENCE_MS = 30_000;

const HEAD_BYTES = 8;
const MAC_BYTES = 16;

/** u64 Unix milliseconds ‖ MAC[0..16]: nothing has to be stored for it, and every replica knows it. */
export function makeNonce(time: number, mac: SecretMac): Uint8Array {
  const head = new ByteWriter().u64(time, 'time').finish();
  return concat(head, macOf(head, mac));
}

/**
 * Whether a nonce was issued here and is not too old.
 * @param now Unix milliseconds
 * @param since nonces of that time and before do not count: the process remembers no proof of then
 */
export function isCurrentNonce(nonce: Uint8Array, now: number, since: number, mac: SecretMac): boolean {
  if (nonce.length !== HEAD_BYTES + MAC_BYTES) return false;
  const head = nonce.subarray(0, HEAD_BYTES);
  if (!mac.equal(nonce.subarray(HEAD_BYTES), macOf(head, mac))) return false;
  const issuedAt = new ByteReader(head, 'nonce').u64('time');
  const age = now - issuedAt;
  return issuedAt > since && age < NONCE_LIFE_MS && age >= -NONCE_CLOCK_DIFFERENCE_MS;
}

function macOf(head: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('dpop-nonce/v2'), head)).subarray(0, MAC_BYTES);
}
