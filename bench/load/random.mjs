/** Cheap randomness for the generator of load: nothing here has to be unpredictable. */
import { randomBytes } from 'node:crypto';

const POOL_BYTES = 16 * 1024;
let pool = '';
let used = 0;

/** @param {number} length of the hexadecimal text */
function hex(length) {
  if (used + length > pool.length) {
    pool = randomBytes(POOL_BYTES).toString('hex');
    used = 0;
  }
  used += length;
  return pool.slice(used - length, used);
}

let clockMs = 0;
let clockHex = '';

/** A fresh UUIDv7 in its usual form. */
export function freshId() {
  const now = Date.now();
  if (now !== clockMs) {
    clockMs = now;
    const digits = now.toString(16).padStart(12, '0');
    clockHex = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
  }
  return `${clockHex}${hex(3)}-8${hex(3)}-${hex(12)}`;
}

/**
 * Whole numbers below a limit, evenly enough.
 * @param {number} seed
 * @returns {(limit: number) => number}
 */
export function indices(seed) {
  let state = seed >>> 0 || 1;
  return (limit) => {
    // xorshift32
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}
