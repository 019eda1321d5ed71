import { Injectable } from '@nestjs/common';
import { Database, prismaOf } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { Account, NewCredentials } from './account.js';
import { AccountsRepository } from './accounts.repository.js';
import type { StandingOfAccount } from './accounts.repository.js';

@Injectable()
export class PrismaAccountsRepository extends AccountsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<Account | null> {
    const row = await this.database.prisma.account.findUnique({ where: { userId } });
    return row === null ? null : accountOf(row);
  }

  override async findSuitesInUse(suites: readonly number[]): Promise<number[]> {
    // One look into the index for each: which is the cheaper, the fewer accounts have another one than the others.
    const rows = await this.database.prisma.$queryRaw<{ suite: number }[]>`
      SELECT suite FROM unnest(${suites}::smallint[]) AS known (suite)
       WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.suite = known.suite) ORDER BY suite`;
    return rows.map(({ suite }) => suite);
  }

  override async add(tx: Transaction, account: Account): Promise<boolean> {
    const row = {
      ...account,
      salt: new Uint8Array(account.salt),
      authPublicKey: new Uint8Array(account.authPublicKey),
      recoveryAuthPublicKey: new Uint8Array(account.recoveryAuthPublicKey),
      passwordUnlock: new Uint8Array(account.passwordUnlock),
      recoveryUnlock: new Uint8Array(account.recoveryUnlock),
      createdAt: new Date(account.createdAt),
      disabledAt: account.disabledAt === null ? null : new Date(account.disabledAt),
    };
    const { count } = await prismaOf(tx).account.createMany({ data: [row], skipDuplicates: true });
    return count === 1;
  }

  override async holdStanding(tx: Transaction, account: Account): Promise<StandingOfAccount> {
    // SHARE keeps an UPDATE of the row out, but not another log-in.
    const [row] = await prismaOf(tx).$queryRaw<{ disabled_at: Date | null; credential_version: number }[]>`
      SELECT disabled_at, credential_version FROM accounts WHERE user_id = ${account.userId}::uuid FOR SHARE`;
    if (row === undefined) return 'missing';
    if (row.disabled_at !== null) return 'disabled';
    return row.credential_version === account.credentialVersion ? 'enabled' : 'changed';
  }

  override async hold(tx: Transaction, userId: string): Promise<Account | null> {
    // NO KEY, so that rows that refer to the account can be added meanwhile: a rotation adds one while it holds the
    // user's keys, which a change of the loginId waits for.
    await prismaOf(tx).$queryRaw`SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR NO KEY UPDATE`;
    const row = await prismaOf(tx).account.findUnique({ where: { userId } });
    return row === null ? null : accountOf(row);
  }

  override async replaceCredentials(tx: Transaction, held: Account, credentials: NewCredentials): Promise<void> {
    const { userId, credentialVersion } = held;
    const { suite, ...bytes } = credentials;
    const data = Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, new Uint8Array(value)]));
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, credentialVersion },
      data: { ...data, ...(suite === undefined ? {} : { suite }), credentialVersion: credentialVersion + 1 },
    });
    if (count !== 1) throw new Error('Credentials were replaced that the transaction did not hold');
  }

  override async keep(tx: Transaction, userId: string): Promise<boolean> {
    const rows = await prismaOf(tx).$queryRaw<unknown[]>`
      SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR KEY SHARE`;
    return rows.length === 1;
  }

  override async holdAlone(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).$queryRaw`SELECT 1 FROM accounts WHERE user_id = ${userId}::uuid FOR UPDATE`;
  }

  override async erase(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).account.delete({ where: { userId } });
  }

  override async setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean> {
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, disabledAt: disabledAt === null ? { not: null } : null },
      data: { disabledAt: disabledAt === null ? null : new Date(disabledAt) },
    });
    return count === 1;
  }
}

interface AccountRow extends Omit<Account, 'createdAt' | 'disabledAt'> {
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
}

function accountOf(row: AccountRow): Account {
  return { ...row, createdAt: row.createdAt.getTime(), disabledAt: row.disabledAt?.getTime() ?? null };
}
