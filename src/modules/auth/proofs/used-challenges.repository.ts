import { Injectable } from '@nestjs/common';
import { countOf, Database, deletionOfOld } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';

/** $1 challenge */
const USE = {
  name: 'auth-use-challenge',
  text: `
    INSERT INTO used_challenges (challenge, used_at) VALUES ($1, clock_timestamp()) ON CONFLICT (challenge) DO NOTHING`,
};
const DELETE_OLD = deletionOfOld('used_challenges', 'challenge', 'used_at');

@Injectable()
export class UsedChallengesRepository {
  constructor(private readonly database: Database) {}

  /** False where it was used before, on any replica. Waits for another transaction that is using it. */
  async use(tx: Transaction, challenge: Uint8Array): Promise<boolean> {
    return (await countOf(tx, USE, [challenge])) === 1;
  }

  /** Deletes up to `limit` that were used at least `seconds` ago; answers with how many. */
  async deleteOld(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }
}
