import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import type { SecretMac } from '../shared/secret-mac.js';
import { CHALLENGE_RANDOM_BYTES, checkChallenge, issueChallenge } from './challenge.js';
import type { IssuedChallenge } from './challenge.js';
import { decoyOf } from './decoy.js';
import type { Decoy } from './decoy.js';
import { challengeRefused } from './proofs.errors.js';

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
    const macOf = (key: Uint8Array): SecretMac => ({
      authenticate: (message) => crypto.hmacSha256(key, message),
      equal: (a, b) => crypto.equal(a, b),
    });
    this.challengeMac = macOf(secrets.challengeKey);
    this.decoyMac = macOf(secrets.decoyKey);
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
