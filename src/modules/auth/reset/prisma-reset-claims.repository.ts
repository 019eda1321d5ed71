import { Injectable } from '@nestjs/common';
import { Database, prismaOf } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { nextDelivery } from './reset-claim.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import type { Approval } from './reset-claims.repository.js';

interface ClaimRow extends Omit<ResetClaim, 'requestedAt' | 'approvedAt' | 'availableAt' | 'expiresAt' | 'deliverAt'> {
  readonly requestedAt: Date;
  readonly approvedAt: Date | null;
  readonly availableAt: Date | null;
  readonly expiresAt: Date;
  readonly deliverAt: Date | null;
}

@Injectable()
export class PrismaResetClaimsRepository extends ResetClaimsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(tx: Transaction, claim: ResetClaim): Promise<void> {
    const data = {
      ...claim,
      tokenHash: claim.tokenHash === null ? null : new Uint8Array(claim.tokenHash),
      requestedAt: new Date(claim.requestedAt),
      approvedAt: dateOrNull(claim.approvedAt),
      availableAt: dateOrNull(claim.availableAt),
      expiresAt: new Date(claim.expiresAt),
      deliverAt: dateOrNull(claim.deliverAt),
    };
    await prismaOf(tx).resetClaim.create({ data });
  }

  override async findByHash(tokenHash: Uint8Array): Promise<ResetClaim | null> {
    const where = { tokenHash: new Uint8Array(tokenHash) };
    const row = await this.database.prisma.resetClaim.findUnique({ where });
    return row === null ? null : claimOf(row);
  }

  override async findOpen(userId: string, now: number): Promise<ResetClaim[]> {
    return (await this.database.prisma.resetClaim.findMany(openOf(userId, now))).map(claimOf);
  }

  override async findAfter(userId: string, after: string | null, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { userId, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(claimOf);
  }

  override async listOpen(tx: Transaction, userId: string, now: number): Promise<ResetClaim[]> {
    return (await prismaOf(tx).resetClaim.findMany(openOf(userId, now))).map(claimOf);
  }

  override async findUnapproved(now: number, limit: number): Promise<ResetClaim[]> {
    const rows = await this.database.prisma.resetClaim.findMany({
      where: { approvedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: { requestedAt: 'asc' },
      take: limit,
    });
    return rows.map(claimOf);
  }

  override async approve(tx: Transaction, userId: string, approval: Approval): Promise<number> {
    const { approvedAt, availableAt, expiresAt } = approval;
    const now = new Date(approvedAt);
    const { count } = await prismaOf(tx).resetClaim.updateMany({
      where: { userId, approvedAt: null, tokenHash: { not: null }, expiresAt: { gt: now } },
      data: { approvedAt: now, availableAt: new Date(availableAt), expiresAt: new Date(expiresAt) },
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
    const { prisma } = this.database;
    return prisma.$transaction(async (tx) => {
      const due = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM reset_claims WHERE deliver_at <= ${new Date(now)} AND expires_at > ${new Date(now)}
         ORDER BY deliver_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
      const taken: ResetClaim[] = [];
      for (const { id } of due) {
        const { deliveries } = await tx.resetClaim.findUniqueOrThrow({ where: { id } });
        const deliverAt = dateOrNull(nextDelivery(deliveries + 1, now));
        taken.push(
          claimOf(await tx.resetClaim.update({ where: { id }, data: { deliverAt, deliveries: deliveries + 1 } })),
        );
      }
      return taken;
    });
  }

  override async settleDelivery(id: string): Promise<void> {
    // It may have been called off meanwhile.
    await this.database.prisma.resetClaim.updateMany({ where: { id }, data: { deliverAt: null } });
  }

  override async deleteExpired(limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM reset_claims WHERE id IN (
        SELECT id FROM reset_claims WHERE expires_at < now() LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }
}

function openOf(userId: string, now: number) {
  return {
    where: { userId, expiresAt: { gt: new Date(now) } },
    orderBy: { requestedAt: 'desc' },
  } as const;
}

function dateOrNull(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

function claimOf(row: ClaimRow): ResetClaim {
  return {
    ...row,
    // Prisma answers with Buffers, which the byte readers of the protocol are not made for.
    tokenHash: row.tokenHash === null ? null : new Uint8Array(row.tokenHash),
    requestedAt: row.requestedAt.getTime(),
    approvedAt: row.approvedAt?.getTime() ?? null,
    availableAt: row.availableAt?.getTime() ?? null,
    expiresAt: row.expiresAt.getTime(),
    deliverAt: row.deliverAt?.getTime() ?? null,
  };
}
