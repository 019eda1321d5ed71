import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
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
    return row === null ? null : storedOf(fromRow(row));
  }

  override async findIn(tx: Transaction, userId: string): Promise<StoredEscrow | null> {
    const row = await prismaOf(tx).escrow.findUnique({ where: { userId } });
    return row === null ? null : storedOf(fromRow(row));
  }

  override async put(tx: Transaction, userId: string, wrap: EscrowWrap, now: number): Promise<void> {
    const data = toRow({ fingerprint: wrap.fingerprint, unlock: wrap.unlock, addedAt: now });
    await prismaOf(tx).escrow.upsert({ where: { userId }, create: { userId, ...data }, update: data });
  }

  override async remove(tx: Transaction, userId: string): Promise<boolean> {
    const { count } = await prismaOf(tx).escrow.deleteMany({ where: { userId } });
    return count === 1;
  }
}

function storedOf({ fingerprint, unlock, addedAt }: StoredEscrow): StoredEscrow {
  return { fingerprint, unlock, addedAt };
}
