import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';

/** The vault key of an account for the holder of an escrow key (protocol section 6), as its client made it. */
export interface EscrowWrap {
  /** Names the escrow key: H(tag(`escrow-pk/v1`) ‖ pk). */
  readonly fingerprint: Uint8Array;
  /** 0x01 ‖ enc ‖ ct. The server cannot tell whether it holds the vault key. */
  readonly unlock: Uint8Array;
}

export interface StoredEscrow extends EscrowWrap {
  readonly addedAt: number;
}

/** */
@Injectable()
export class EscrowsRepository {
  constructor(private readonly database: Database) {}

  async find(userId: string): Promise<StoredEscrow | null> {
    const row = await this.database.prisma.escrow.findUnique({ where: { userId } });
    return row === null ? null : storedOf(fromRow(row));
  }

  /** Reads the escrow within the transaction. */
  async findIn(tx: Transaction, userId: string): Promise<StoredEscrow | null> {
    const row = await prismaOf(tx).escrow.findUnique({ where: { userId } });
    return row === null ? null : storedOf(fromRow(row));
  }

  /** Stores the escrow in place of the one that there was. Only for an account that the transaction holds. */
  async put(tx: Transaction, userId: string, wrap: EscrowWrap, now: number): Promise<void> {
    const data = toRow({ fingerprint: wrap.fingerprint, unlock: wrap.unlock, addedAt: now });
    await prismaOf(tx).escrow.upsert({ where: { userId }, create: { userId, ...data }, update: data });
  }

  /** Removes the escrow; false where there was none. Only for an account that the transaction holds. */
  async remove(tx: Transaction, userId: string): Promise<boolean> {
    const { count } = await prismaOf(tx).escrow.deleteMany({ where: { userId } });
    return count === 1;
  }
}

function storedOf({ fingerprint, unlock, addedAt }: StoredEscrow): StoredEscrow {
  return { fingerprint, unlock, addedAt };
}
