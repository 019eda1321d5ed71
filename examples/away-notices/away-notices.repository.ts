import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  AccountExports,
  AccountLifecycle,
  AccountLocks,
  Database,
  prismaOf,
  type Transaction,
  Transactions,
} from 'sealpost';

/** A table in a schema of the module's own, so that it never meets one of Sealpost's. */
@Injectable()
export class AwayNoticesRepository implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly accounts: AccountLifecycle,
    private readonly locks: AccountLocks,
    private readonly exports: AccountExports,
  ) {}

  async onModuleInit(): Promise<void> {
    this.accounts.onErased((tx, userId) => this.erase(tx, userId));
    this.exports.addSmall('x-away.notice', async (userId) => {
      const until = await this.findEnd(userId, 0);
      return until === null ? [] : [{ until }];
    });
    // One transaction, one replica at a time: "IF NOT EXISTS" alone fails where two make it at the same moment.
    await this.database.pool.query(`
      SELECT pg_advisory_xact_lock(hashtext('away_notices'));
      CREATE SCHEMA IF NOT EXISTS away_notices;
      CREATE TABLE IF NOT EXISTS away_notices.notices (
        user_id uuid PRIMARY KEY,
        away_until timestamptz(3) NOT NULL
      )`);
  }

  /** Unix milliseconds, or null where the user has not said to be away beyond `now`. */
  async findEnd(userId: string, now: number): Promise<number | null> {
    const { rows } = await this.database.pool.query<{ away_until: Date }>(
      'SELECT away_until FROM away_notices.notices WHERE user_id = $1 AND away_until > $2',
      [userId, new Date(now)],
    );
    return rows[0]?.away_until.getTime() ?? null;
  }

  async put(userId: string, until: number): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.locks.lockForKeyShare(tx, userId);
      await prismaOf(tx).$executeRaw`
        INSERT INTO away_notices.notices (user_id, away_until) VALUES (${userId}::uuid, ${new Date(until)}::timestamptz)
        ON CONFLICT (user_id) DO UPDATE SET away_until = excluded.away_until`;
    });
  }

  async remove(userId: string): Promise<void> {
    await this.database.pool.query('DELETE FROM away_notices.notices WHERE user_id = $1', [userId]);
  }

  private async erase(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).$executeRaw`DELETE FROM away_notices.notices WHERE user_id = ${userId}::uuid`;
  }
}
