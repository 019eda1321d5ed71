import { Injectable } from '@nestjs/common';
import { Database, prismaOf } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { EscrowWrap, StoredEscrow } from './escrow.js';
import { EscrowsRepository } from './escrows.repository.js';

@Injectable()
export class PrismaEscrowsRepository extends EscrowsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<StoredEscrow | null> {
    const row = await this.database.prisma.escrow.findUnique({ where: { userId } });
    return row === null ? null : escrowOf(row);
  }

  override async findIn(tx: Transaction, userId: string): Promise<StoredEscrow | null> {
    const row = await prismaOf(tx).escrow.findUnique({ where: { userId } });
    return row === null ? null : escrowOf(row);
  }

  override async put(tx: Transaction, userId: string, wrap: EscrowWrap, now: number): Promise<void> {
    const fingerprint = new Uint8Array(wrap.fingerprint);
    const data = { fingerprint, unlock: new Uint8Array(wrap.unlock), addedAt: new Date(now) };
    await prismaOf(tx).escrow.upsert({ where: { userId }, create: { userId, ...data }, update: data });
  }

  override async remove(tx: Transaction, userId: string): Promise<boolean> {
    const { count } = await prismaOf(tx).escrow.deleteMany({ where: { userId } });
    return count === 1;
  }
}

interface EscrowRow extends EscrowWrap {
  readonly addedAt: Date;
}

function escrowOf({ fingerprint, unlock, addedAt }: EscrowRow): StoredEscrow {
  return {
    fingerprint: new Uint8Array(fingerprint),
    unlock: new Uint8Array(unlock),
    addedAt: addedAt.getTime(),
  };
}
