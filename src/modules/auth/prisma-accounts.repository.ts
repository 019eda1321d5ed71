import { Injectable } from '@nestjs/common';
import { Database, prismaOf } from '../../core/database/index.js';
import type { Transaction } from '../../core/database/index.js';
import type { Account } from './account.js';
import { AccountsRepository } from './accounts.repository.js';
import type { StandingOfAccount } from './accounts.repository.js';

@Injectable()
export class PrismaAccountsRepository extends AccountsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<Account | null> {
    const row = await this.database.prisma.account.findUnique({ where: { userId } });
    if (row === null) return null;
    return { ...row, createdAt: row.createdAt.getTime(), disabledAt: row.disabledAt?.getTime() ?? null };
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

  override async holdStanding(tx: Transaction, userId: string): Promise<StandingOfAccount> {
    // SHARE keeps an UPDATE of the row out, but not another log-in.
    const [row] = await prismaOf(tx).$queryRaw<{ disabled_at: Date | null }[]>`
      SELECT disabled_at FROM accounts WHERE user_id = ${userId}::uuid FOR SHARE`;
    if (row === undefined) return 'missing';
    return row.disabled_at === null ? 'enabled' : 'disabled';
  }

  override async setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean> {
    const { count } = await prismaOf(tx).account.updateMany({
      where: { userId, disabledAt: disabledAt === null ? { not: null } : null },
      data: { disabledAt: disabledAt === null ? null : new Date(disabledAt) },
    });
    return count === 1;
  }
}
