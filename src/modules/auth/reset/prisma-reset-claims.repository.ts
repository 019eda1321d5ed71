import { Injectable } from '@nestjs/common';
import {
  countOf,
  Database,
  deletionOfOld,
  fromRow,
  prismaOf,
  rowsOf,
  toRow,
  Transactions,
} from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { nextDelivery } from './reset-claim.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import type { Approval } from './reset-claims.repository.js';

/** $1 now, $2 limit */
const LOCK_DUE = {
  name: 'auth-lock-due-reset-claims',
  text: `
    SELECT id FROM reset_claims WHERE deliver_at <= $1::timestamptz AND expires_at > $1::timestamptz
     ORDER BY deliver_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
};
const DELETE_OLD = deletionOfOld('reset_claims', 'id', 'expires_at');

@Injectable()
export class PrismaResetClaimsRepository extends ResetClaimsRepository {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  override async add(tx: Transaction, claim: ResetClaim): Promise<void> {
    await prismaOf(tx).resetClaim.create({ data: toRow(claim) });
  }

  override async findByHash(tokenHash: Uint8Array): Promise<ResetClaim | null> {
    const row = await this.database.prisma.resetClaim.findUnique({ where: toRow({ tokenHash }) });
    return row === null ? null : fromRow(row);
  }

  override async findOpen(userId: string, now: number): Promise<ResetClaim[]> {
    return (await this.database.prisma.resetClaim.findMany(openOf(userId, now))).map(fromRow);
  }

  override async findAfter(userId: string, after: string | null, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { userId, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(fromRow);
  }

  override async listOpen(tx: Transaction, userId: string, now: number): Promise<ResetClaim[]> {
    return (await prismaOf(tx).resetClaim.findMany(openOf(userId, now))).map(fromRow);
  }

  override async findUnapproved(now: number, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { approvedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: { requestedAt: 'asc' },
      take: limit,
    });
    return rows.map(fromRow);
  }

  override async approve(tx: Transaction, userId: string, approval: Approval): Promise<number> {
    const { approvedAt, availableAt, expiresAt } = approval;
    const { count } = await prismaOf(tx).resetClaim.updateMany({
      where: { userId, approvedAt: null, tokenHash: { not: null }, expiresAt: { gt: new Date(approvedAt) } },
      data: toRow({ approvedAt, availableAt, expiresAt }),
    });
    return count;
  }

  override async use(tx: Transaction, id: string): Promise<boolean> {
    const { count } = await prismaOf(tx).resetClaim.deleteMany({ where: { id } });
    return count === 1;
  }

  override async deleteOf(tx: Transaction, userId: string, now: number): Promise<number> {
    const prisma = prismaOf(tx);
    const { count } = await prisma.resetClaim.deleteMany({ where: { userId, expiresAt: { gt: new Date(now) } } });
    await prisma.resetClaim.deleteMany({ where: { userId } });
    return count;
  }

  override async takeDue(now: number, limit: number): Promise<ResetClaim[]> {
    return this.transactions.run(async (tx) => {
      const { resetClaim } = prismaOf(tx);
      const taken: ResetClaim[] = [];
      for (const { id } of await rowsOf<{ id: string }>(tx, LOCK_DUE, [new Date(now), limit])) {
        const { deliveries } = await resetClaim.findUniqueOrThrow({ where: { id } });
        const data = toRow({ deliverAt: nextDelivery(deliveries + 1, now), deliveries: deliveries + 1 });
        taken.push(fromRow(await resetClaim.update({ where: { id }, data })));
      }
      return taken;
    });
  }

  override async settleDelivery(id: string): Promise<void> {
    // It may have been called off meanwhile.
    await this.database.prisma.resetClaim.updateMany({ where: { id }, data: { deliverAt: null } });
  }

  override async deleteExpired(limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [0, limit]);
  }
}

function openOf(userId: string, now: number) {
  return {
    where: { userId, expiresAt: { gt: new Date(now) } },
    orderBy: { requestedAt: 'desc' },
  } as const;
}
