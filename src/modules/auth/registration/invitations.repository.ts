import { Injectable } from '@nestjs/common';
import { countOf, Database, deletionOfOld, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';

/** Times are Unix milliseconds. */
export interface UsedInvitation {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number;
}

/** $1 hash of the code, $2 user, $3 now */
const USE = {
  name: 'auth-use-invitation',
  text: `
    UPDATE invitations SET used_at = $3::timestamptz, used_by = $2::uuid
     WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $3::timestamptz`,
};
const DELETE_OLD = deletionOfOld('invitations', 'code_hash', 'expires_at');

/** Codes are known here by their hashes only. */
@Injectable()
export class InvitationsRepository {
  constructor(private readonly database: Database) {}

  async add(codeHash: Uint8Array, createdAt: number, expiresAt: number): Promise<void> {
    await this.database.prisma.invitation.create({ data: toRow({ codeHash, createdAt, expiresAt }) });
  }

  async isUsable(codeHash: Uint8Array, now: number): Promise<boolean> {
    const usable = await this.database.prisma.invitation.count({
      where: { ...toRow({ codeHash }), usedAt: null, expiresAt: { gt: new Date(now) } },
    });
    return usable === 1;
  }

  /** False where it is unknown, used or expired. Of two at once, the second waits for the first. */
  async use(tx: Transaction, codeHash: Uint8Array, userId: string, now: number): Promise<boolean> {
    return (await countOf(tx, USE, [codeHash, userId, new Date(now)])) === 1;
  }

  /** The invitations that the user has used. */
  async findUsedBy(userId: string): Promise<UsedInvitation[]> {
    const rows = await this.database.prisma.invitation.findMany({ where: { usedBy: userId } });
    return rows.map(fromRow).map(({ createdAt, expiresAt, usedAt }) => {
      return { createdAt, expiresAt, usedAt: usedAt ?? createdAt };
    });
  }

  /** Forgets that it was this user who used an invitation. */
  async forgetUser(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).invitation.updateMany({ where: { usedBy: userId }, data: { usedBy: null } });
  }

  /** Deletes up to `limit` that expired at least `seconds` ago; answers with how many. */
  async deleteExpired(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }
}
