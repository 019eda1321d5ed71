import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { InvitationsRepository } from './invitations.repository.js';
import type { UsedInvitation } from './invitations.repository.js';

@Injectable()
export class PrismaInvitationsRepository extends InvitationsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(codeHash: Uint8Array, createdAt: number, expiresAt: number): Promise<void> {
    await this.database.prisma.invitation.create({ data: toRow({ codeHash, createdAt, expiresAt }) });
  }

  override async isUsable(codeHash: Uint8Array, now: number): Promise<boolean> {
    const usable = await this.database.prisma.invitation.count({
      where: { ...toRow({ codeHash }), usedAt: null, expiresAt: { gt: new Date(now) } },
    });
    return usable === 1;
  }

  override async use(tx: Transaction, codeHash: Uint8Array, userId: string, now: number): Promise<boolean> {
    const time = new Date(now);
    const count = await prismaOf(tx).$executeRaw`
      UPDATE invitations SET used_at = ${time}, used_by = ${userId}::uuid
      WHERE code_hash = ${codeHash} AND used_at IS NULL AND expires_at > ${time}`;
    return count === 1;
  }

  override async findUsedBy(userId: string): Promise<UsedInvitation[]> {
    const rows = await this.database.prisma.invitation.findMany({ where: { usedBy: userId } });
    return rows.map(fromRow).map(({ createdAt, expiresAt, usedAt }) => {
      return { createdAt, expiresAt, usedAt: usedAt ?? createdAt };
    });
  }

  override async forgetUser(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).invitation.updateMany({ where: { usedBy: userId }, data: { usedBy: null } });
  }

  override async deleteExpired(seconds: number, limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM invitations WHERE code_hash IN (
        SELECT code_hash FROM invitations
        WHERE expires_at < now() - make_interval(secs => ${seconds})
        LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }
}
