import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { isSameKey } from './session.js';
import type { Session } from './session.js';
import { SessionsRepository } from './sessions.repository.js';
import type { Rotation } from './sessions.repository.js';
import { ACTIVE_SESSION, REVOKED_WITHIN } from './sessions.sql.js';

interface ActiveSessionRow {
  readonly user_id: string;
  readonly expires_at: Date;
  readonly key_thumbprint: Uint8Array | null;
}

@Injectable()
export class PrismaSessionsRepository extends SessionsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(tx: Transaction, session: Session): Promise<void> {
    await prismaOf(tx).session.create({ data: { ...toRow(session), revokedAt: null } });
  }

  override async find(id: string): Promise<Session | null> {
    const row = await this.database.prisma.session.findUnique({ where: { id } });
    return row === null ? null : fromRow(row);
  }

  override async findActive(userId: string, now: number): Promise<Session[]> {
    const rows = await this.database.prisma.session.findMany({
      where: { userId, revokedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: [{ refreshedAt: 'desc' }, { id: 'desc' }],
    });
    return rows.map(fromRow);
  }

  override async findAfter(userId: string, after: string | null, limit: number): Promise<Session[]> {
    const rows = await this.database.prisma.session.findMany({
      where: { userId, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(fromRow);
  }

  override async rotate(id: string, rotation: Rotation): Promise<boolean> {
    const count = await this.database.prisma.$executeRaw`
      UPDATE sessions
      SET generation = generation + 1, refresh_token_hash = ${rotation.to},
          refreshed_at = ${new Date(rotation.refreshedAt)}, expires_at = ${new Date(rotation.expiresAt)}
      WHERE id = ${id}::uuid AND refresh_token_hash = ${rotation.from} AND revoked_at IS NULL`;
    return count === 1;
  }

  override async revoke(tx: Transaction, userId: string, id: string): Promise<boolean> {
    const count = await prismaOf(tx).$executeRaw`
      UPDATE sessions SET revoked_at = clock_timestamp()
      WHERE id = ${id}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > clock_timestamp()`;
    return count === 1;
  }

  override async revokeOthers(tx: Transaction, userId: string, kept: string | null): Promise<string[]> {
    const rows = await prismaOf(tx).$queryRaw<{ id: string }[]>`
      UPDATE sessions SET revoked_at = clock_timestamp()
      WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > clock_timestamp()
        AND id IS DISTINCT FROM ${kept}::uuid
      RETURNING id`;
    return rows.map(({ id }) => id);
  }

  override async revokeOfUser(tx: Transaction, userId: string, kept: number): Promise<string[]> {
    const rows = await prismaOf(tx).$queryRaw<{ id: string }[]>`
      UPDATE sessions SET revoked_at = clock_timestamp()
      WHERE revoked_at IS NULL AND id IN (
        SELECT id FROM sessions
        WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > clock_timestamp()
        ORDER BY refreshed_at DESC, id DESC
        OFFSET ${kept}
      )
      RETURNING id`;
    return rows.map(({ id }) => id);
  }

  override async erase(tx: Transaction, userId: string): Promise<string[]> {
    const rows = await prismaOf(tx).$queryRaw<{ id: string }[]>`
      WITH gone AS (DELETE FROM sessions WHERE user_id = ${userId}::uuid RETURNING id)
      INSERT INTO erased_sessions (id, revoked_at) SELECT id, clock_timestamp() FROM gone RETURNING id`;
    return rows.map(({ id }) => id);
  }

  override async findRevokedWithin(seconds: number): Promise<string[]> {
    const { rows } = await this.database.pool.query<{ id: string }>({
      ...REVOKED_WITHIN,
      values: [seconds],
    });
    return rows.map(({ id }) => id);
  }

  override async findEndOfActive(userId: string, id: string, key: Uint8Array | null): Promise<number | null> {
    const { rows } = await this.database.pool.query<ActiveSessionRow>({
      ...ACTIVE_SESSION,
      values: [id],
    });
    const [session] = rows;
    const isMeant = session?.user_id === userId && isSameKey(session.key_thumbprint, key);
    return isMeant ? session.expires_at.getTime() : null;
  }

  override async lockForShare(tx: Transaction, userId: string, id: string): Promise<boolean> {
    const rows = await prismaOf(tx).$queryRaw<unknown[]>`
      SELECT 1 FROM sessions
       WHERE id = ${id}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > clock_timestamp()
         FOR SHARE`;
    return rows.length === 1;
  }

  override async deleteEnded(seconds: number, limit: number): Promise<number> {
    // Each by its own index: an OR of both would be a scan where bitmaps are ruled out.
    return this.database.prisma.$executeRaw`
      WITH revoked AS MATERIALIZED (
        SELECT id FROM sessions WHERE revoked_at < now() - make_interval(secs => ${seconds})
         LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ), expired AS MATERIALIZED (
        SELECT id FROM sessions WHERE expires_at < now() - make_interval(secs => ${seconds})
         LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      DELETE FROM sessions WHERE id IN (
        SELECT id FROM (SELECT id FROM revoked UNION SELECT id FROM expired) AS ended LIMIT ${limit}
      )`;
  }

  override async forgetErased(seconds: number, limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM erased_sessions WHERE id IN (
        SELECT id FROM erased_sessions WHERE revoked_at < now() - make_interval(secs => ${seconds})
         LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }
}
