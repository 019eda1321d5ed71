import { Injectable } from '@nestjs/common';
import { Database, prismaOf } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

@Injectable()
export class PrismaUsedChallengesRepository extends UsedChallengesRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async use(tx: Transaction, challenge: Uint8Array): Promise<boolean> {
    const count = await prismaOf(tx).$executeRaw`
      INSERT INTO used_challenges (challenge, used_at) VALUES (${challenge}, clock_timestamp())
      ON CONFLICT (challenge) DO NOTHING`;
    return count === 1;
  }

  override async deleteOld(seconds: number, limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM used_challenges WHERE challenge IN (
        SELECT challenge FROM used_challenges
        WHERE used_at < now() - make_interval(secs => ${seconds})
        LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }
}
