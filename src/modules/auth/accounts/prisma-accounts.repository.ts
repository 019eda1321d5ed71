import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { Account, NewCredentials } from './account.js';
import { AccountsRepository } from './accounts.repository.js';
import type { AccountStatus } from './accounts.repository.js';

/** The time of a column as pg answers with it. */
interface AccountRow extends Omit<Account, 'createdAt' | 'disabledAt'> {
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
}

@Injectable()
export class PrismaAccountsRepository extends AccountsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<Account | null> {
    const row = await this.database.prisma.account.findUnique({ where: { userId } });
    return row === null ? null : fromRow(row);
  }

  override async findByLoginId(loginId: string, standIn: string): Promise<Account | null> {
    const [row] = await this.database.prisma.$queryRaw<(AccountRow & { readonly known: boolean })[]>`
      SELECT h.user_id IS NOT NULL AS known, a.user_id AS "userId", a.suite, a.salt,
             a.auth_public_key AS "authPublicKey", a.recovery_auth_public_key AS "recoveryAuthPublicKey",
             a.password_unlock AS "passwordUnlock", a.recovery_unlock AS "recoveryUnlock",
             a.credential_version AS "credentialVersion", a.created_at AS "createdAt", a.disabled_at AS "disabledAt"
        FROM (VALUES (${loginId}, ${standIn}::uuid)) AS asked (login_id, stand_in)
        LEFT JOIN handles h ON h.login_id = asked.login_id
       CROSS JOIN LATERAL (SELECT user_id FROM accounts WHERE user_id >= asked.stand_in ORDER BY user_id LIMIT 1) other
        JOIN accounts a ON a.user_id = coalesce(h.user_id, other.user_id)`;
    if (row === undefined) return null;
    const { known, ...account } = row;
    const found = fromRow(account);
    return known ? found : null;
  }

  override async findSuitesInUse(suites: readonly number[]): Promise<number[]> {
    // One look into the index for each: which is the cheaper, the fewer accounts have another one than the others.
    const rows = await this.database.prisma.$queryRaw<{ suite: number }[]>`
      SELECT suite FROM unnest(${suites}::smallint[]) AS known (suite)
       WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.suite = known.suite) ORDER BY suite`;
    return rows.map(({ suite }) => suite);
  }

  override async add(tx: Transaction, account: Account): Promise<boolean> {
    const { count } = await prismaOf(tx).account.createMany({ data: [toRow(account)], skipDuplicates: true });
    return count === 1;
  }

  override async lockStatus(tx: Transaction, account: Account): Promise<AccountStatus> {
    // SHARE keeps an UPDATE of the row out, but not another log-in.
    const [row] = await prismaOf(tx).$queryRaw<{ disabled_at: Date | null; credential_version: number }[]>`
      SELECT disabled_at, credential_version FROM accounts WHERE user_id = ${account.userId}::uuid FOR SHARE`;
    if (row === undefined) return 'missing';
    if (row.disabled_at !== null) return 'disabled';
    return row.credential_version === account.credentialVersion ? 'enabled' : 'changed';
  }

  override async lockForNoKeyUpdate(tx: Transaction, userId: string): Promise<Account | null> {
    // NO KEY, so that rows that refer to the account can be added meanwhile: a rotation adds one while it holds the
    // user's keys, which a change of the loginId waits for.
    await prismaOf(tx).$queryRaw`SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR NO KEY UPDATE`;
    const row = await prismaOf(tx).account.findUnique({ where: { userId } });
    return row === null ? null : fromRow(row);
  }

  override async replaceCredentials(tx: Transaction, held: Account, credentials: NewCredentials): Promise<void> {
    const { userId, credentialVersion } = held;
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, credentialVersion },
      data: { ...toRow(credentials), credentialVersion: credentialVersion + 1 },
    });
    if (count !== 1) throw new Error('Credentials were replaced that the transaction did not hold');
  }

  override async lockForKeyShare(tx: Transaction, userId: string): Promise<boolean> {
    const rows = await prismaOf(tx).$queryRaw<unknown[]>`
      SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR KEY SHARE`;
    return rows.length === 1;
  }

  override async lockForUpdate(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).$queryRaw`SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR UPDATE`;
  }

  override async erase(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).account.delete({ where: { userId } });
  }

  override async setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean> {
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, disabledAt: disabledAt === null ? { not: null } : null },
      data: toRow({ disabledAt }),
    });
    return count === 1;
  }
}
