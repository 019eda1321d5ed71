import { ByteReader, ByteWriter, challengeMacBytes, concat, LENGTHS, LIMITS } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

export const CHALLENGE_RANDOM_BYTES = 12;
const HEAD_BYTES = 16;
const MAC_BYTES = 16;

/**
 * How far ahead the clock of the replica that issued a challenge may be. With it a challenge is valid for at most 90
 * seconds of any clock, and the table of used ones keeps it for 120.
 */
const CLOCK_DIFFERENCE_SECONDS = 30;

export interface IssuedChallenge {
  readonly challenge: Uint8Array;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
}

/**
 * u32 unix seconds ‖ 12 random bytes ‖ MAC[0..16] (protocol section 4): nothing has to be stored for it.
 * @param now Unix time in milliseconds
 * @param random 12 random bytes
 */
export function issueChallenge(loginId: string, now: number, random: Uint8Array, mac: SecretMac): IssuedChallenge {
  const seconds = Math.floor(now / 1000);
  const head = new ByteWriter().u32(seconds, 'time').fixed(random, CHALLENGE_RANDOM_BYTES, 'random').finish();
  return {
    challenge: concat(head, macOf(loginId, head, mac)),
    expiresAt: (seconds + LIMITS.challengeSeconds) * 1000,
  };
}

export type ChallengeVerdict = 'valid' | 'not-ours' | 'expired';

/** Whether the challenge was issued here, for this loginId, and within its life. Says nothing about earlier use. */
export function checkChallenge(challenge: Uint8Array, loginId: string, now: number, mac: SecretMac): ChallengeVerdict {
  if (challenge.length !== LENGTHS.challenge) return 'not-ours';
  const head = challenge.subarray(0, HEAD_BYTES);
  if (!mac.equal(challenge.subarray(HEAD_BYTES), macOf(loginId, head, mac))) return 'not-ours';
  const issuedAt = new ByteReader(head, 'challenge').u32('time');
  const age = now / 1000 - issuedAt;
  return age < -CLOCK_DIFFERENCE_SECONDS || age >= LIMITS.challengeSeconds ? 'expired' : 'valid';
}

function macOf(loginId: string, head: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(challengeMacBytes(loginId, head)).subarray(0, MAC_BYTES);
}
