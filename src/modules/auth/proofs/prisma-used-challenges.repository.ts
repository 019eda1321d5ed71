import { Injectable } from '@nestjs/common';
import { countOf, Database, deletionOfOld } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

/** $1 challenge */
const USE = {
  name: 'auth-use-challenge',
  text: `
    INSERT INTO used_challenges (challenge, used_at) VALUES ($1, clock_timestamp()) ON CONFLICT (challenge) DO NOTHING`,
};
const DELETE_OLD = deletionOfOld('used_challenges', 'challenge', 'used_at');

@Injectable()
export class PrismaUsedChallengesRepository extends UsedChallengesRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async use(tx: Transaction, challenge: Uint8Array): Promise<boolean> {
    return (await countOf(tx, USE, [challenge])) === 1;
  }

  override async deleteOld(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }
}
