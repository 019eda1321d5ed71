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

/** Unix milliseconds. */
export interface Approval {
  readonly approvedAt: number;
  readonly availableAt: number;
  readonly expiresAt: number;
}

/** $1 now, $2 limit */
const LOCK_DUE = {
  name: 'auth-lock-due-reset-claims',
  text: `
    SELECT id FROM reset_claims WHERE deliver_at <= $1::timestamptz AND expires_at > $1::timestamptz
     ORDER BY deliver_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
};
const DELETE_OLD = deletionOfOld('reset_claims', 'id', 'expires_at');

/** Claims that are used or called off are deleted: the history tells of them. */
@Injectable()
export class ResetClaimsRepository {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {}

  async add(tx: Transaction, claim: ResetClaim): Promise<void> {
    await prismaOf(tx).resetClaim.create({ data: toRow(claim) });
  }

  /** Finds the claim with this hash, whether it has expired or not. */
  async findByHash(tokenHash: Uint8Array): Promise<ResetClaim | null> {
    const row = await this.database.prisma.resetClaim.findUnique({ where: toRow({ tokenHash }) });
    return row === null ? null : fromRow(row);
  }

  /** Finds the claims of the user that have not expired, the newest first. */
  async findOpen(userId: string, now: number): Promise<ResetClaim[]> {
    return (await this.database.prisma.resetClaim.findMany(openOf(userId, now))).map(fromRow);
  }

  /** Finds all claims of the user, in the order of their ids, after one of them. */
  async findAfter(userId: string, after: string | null, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { userId, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(fromRow);
  }

  /** Finds the claims that have not expired, within a transaction that holds the account. */
  async listOpen(tx: Transaction, userId: string, now: number): Promise<ResetClaim[]> {
    return (await prismaOf(tx).resetClaim.findMany(openOf(userId, now))).map(fromRow);
  }

  /** Finds the claims that wait for an administrator, of all users, the oldest first, at most `limit`. */
  async findUnapproved(now: number, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { approvedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: { requestedAt: 'asc' },
      take: limit,
    });
    return rows.map(fromRow);
  }

  /** Approves the claims of the user that have a token, are not approved and have not expired; answers with how many. */
  async approve(tx: Transaction, userId: string, approval: Approval): Promise<number> {
    const { approvedAt, availableAt, expiresAt } = approval;
    const { count } = await prismaOf(tx).resetClaim.updateMany({
      where: { userId, approvedAt: null, tokenHash: { not: null }, expiresAt: { gt: new Date(approvedAt) } },
      data: toRow({ approvedAt, availableAt, expiresAt }),
    });
    return count;
  }

  /** Deletes the claim; false where it is gone, e.g. because it was used. */
  async use(tx: Transaction, id: string): Promise<boolean> {
    const { count } = await prismaOf(tx).resetClaim.deleteMany({ where: { id } });
    return count === 1;
  }

  /** Deletes the claims of the user; answers with how many had not expired. */
  async deleteOf(tx: Transaction, userId: string, now: number): Promise<number> {
    const prisma = prismaOf(tx);
    const { count } = await prisma.resetClaim.deleteMany({ where: { userId, expiresAt: { gt: new Date(now) } } });
    await prisma.resetClaim.deleteMany({ where: { userId } });
    return count;
  }

  /**
   * Takes up to `limit` claims that are to be mailed by now. Each is given to one replica, which counts as having begun: the next may
   * begin when `nextDelivery` says.
   */
  async takeDue(now: number, limit: number): Promise<ResetClaim[]> {
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

  /** Notes that the claim was mailed, or is not to be. */
  async settleDelivery(id: string): Promise<void> {
    // It may have been called off meanwhile.
    await this.database.prisma.resetClaim.updateMany({ where: { id }, data: { deliverAt: null } });
  }

  /** Deletes up to `limit` claims that have expired; answers with how many. */
  async deleteExpired(limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [0, limit]);
  }
}

function openOf(userId: string, now: number) {
  return {
    where: { userId, expiresAt: { gt: new Date(now) } },
    orderBy: { requestedAt: 'desc' },
  } as const;
}
