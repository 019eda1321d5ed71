import { Injectable } from '@nestjs/common';
import { Database, fromRow, lockName, prismaOf, toRow, type Transaction } from '../../core/database/index.js';
import type { Block } from './block.js';
import { BlocksRepository } from './blocks.repository.js';

@Injectable()
export class PrismaBlocksRepository extends BlocksRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async page(userId: string, after: string, limit: number): Promise<readonly Block[]> {
    const rows = await this.database.prisma.block.findMany({
      where: { userId, blockedUserId: { gt: after } },
      orderBy: { blockedUserId: 'asc' },
      take: limit,
    });
    return rows.map(fromRow).map(({ blockedUserId, blockedAt }) => ({ userId: blockedUserId, blockedAt }));
  }

  override async add(tx: Transaction, userId: string, block: Block, most: number): Promise<boolean> {
    const { userId: blockedUserId, blockedAt } = block;
    // One at a time for each user: of those who count at once, each would find room.
    await lockName(tx, `blocks/${userId}`);
    const { block: blocks } = prismaOf(tx);
    const existing = await blocks.findUnique({ where: { userId_blockedUserId: { userId, blockedUserId } } });
    if (existing !== null) return true;
    if ((await blocks.count({ where: { userId } })) >= most) return false;
    const data = [toRow({ userId, blockedUserId, blockedAt })];
    await blocks.createMany({ data, skipDuplicates: true });
    return true;
  }

  override async remove(tx: Transaction, userId: string, blockedUserId: string): Promise<void> {
    await prismaOf(tx).block.deleteMany({ where: { userId, blockedUserId } });
  }

  override async forget(tx: Transaction, blockedUserId: string): Promise<void> {
    await prismaOf(tx).block.deleteMany({ where: { blockedUserId } });
  }
}
