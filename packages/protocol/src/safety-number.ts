import { compareBytes, concat, tag } from './bytes.js';
import { ProtocolError } from './errors.js';
import { uuidToBytes } from './uuid.js';

/** One side of a safety number: a user and the hash of their root statement (section 7). */
export interface SafetyParty {
  readonly userId: string;
  readonly rootHash: Uint8Array;
}

/** What SHA-512 is taken of: tag(`safety/v1`) ‖ the smaller ‖ the larger of (userId ‖ keysHash of the root). */
export function safetyNumberBytes(a: SafetyParty, b: SafetyParty): Uint8Array {
  const sides = [a, b].map((party) => concat(uuidToBytes(party.userId, 'userId'), party.rootHash));
  return concat(tag('safety/v1'), ...sides.sort(compareBytes));
}

/** 12 groups of five digits, each 5 bytes big-endian mod 100000, of a SHA-512 hash. */
export function formatSafetyNumber(sha512: Uint8Array): string {
  if (sha512.length !== 64) throw new ProtocolError('wrong-length', 'hash');
  const groups = Array.from({ length: 12 }, (_, group) => {
    const value = sha512.subarray(group * 5, group * 5 + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 100_000).padStart(5, '0');
  });
  return groups.join(' ');
}
