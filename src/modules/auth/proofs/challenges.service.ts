import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  ByteReader,
  ByteWriter,
  challengeMacBytes,
  concat,
  decoySaltBytes,
  LENGTHS,
  LIMITS,
  tag,
  utf8,
  uuidV7,
} from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { challengeRefused } from '../shared/auth.errors.js';
import { secretMac } from '../shared/secret-mac.js';
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

/** What stands in for the account of a loginId that nobody has, the same at every request. */
export interface Decoy {
  /** 32 bytes (protocol section 4). */
  readonly salt: Uint8Array;
  /** Nobody's: where to find an account whose row is read in place of one, so that an unknown loginId costs the same. */
  readonly userId: string;
  /** Chooses among the password suites that accounts have. 32 bits. */
  readonly choice: number;
}

export function decoyOf(loginId: string, mac: SecretMac): Decoy {
  const salt = mac.authenticate(decoySaltBytes(loginId));
  const user = mac.authenticate(new ByteWriter().raw(tag('decoy-user/v1')).lp(utf8(loginId), 'loginId').finish());
  const suite = mac.authenticate(new ByteWriter().raw(tag('decoy-suite/v1')).lp(utf8(loginId), 'loginId').finish());
  return { salt, userId: uuidV7(firstOf(user) * 256, user.subarray(4)), choice: firstOf(suite) };
}

/**
 * The password suite of a decoy: one that accounts have, the same as long as they have the same ones. Were it always the
 * default, every loginId with another one would be somebody's after the default has changed.
 * @param inUse ascending
 * @param fallback where there is no account yet
 */
export function decoySuite({ choice }: Decoy, inUse: readonly number[], fallback: number): number {
  return inUse[choice % inUse.length] ?? fallback;
}

function firstOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** Challenges and decoys: what a caller without an account gets to see. Needs no database. */
@Injectable()
export class ChallengesService {
  private readonly challengeMac: SecretMac;
  private readonly decoyMac: SecretMac;

  constructor(
    private readonly clock: Clock,
    crypto: CryptoService,
    secrets: ServerSecrets,
  ) {
    this.challengeMac = secretMac(crypto, secrets.challengeKey);
    this.decoyMac = secretMac(crypto, secrets.decoyKey);
  }

  issue(loginId: string): IssuedChallenge {
    return issueChallenge(loginId, this.clock.now(), randomBytes(CHALLENGE_RANDOM_BYTES), this.challengeMac);
  }

  /** Throws auth.challenge-refused. Whether it was used before is asked later, of the database. */
  require(loginId: string, challenge: Uint8Array): void {
    const verdict = checkChallenge(challenge, loginId, this.clock.now(), this.challengeMac);
    if (verdict !== 'valid') throw challengeRefused();
  }

  decoyOf(loginId: string): Decoy {
    return decoyOf(loginId, this.decoyMac);
  }
}
