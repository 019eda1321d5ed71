import { Injectable } from '@nestjs/common';
import { countOf, Database, deletionOfOld, fromRow, prismaOf, rowsOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { isSameKey } from './session.js';
import type { Session } from './session.js';
import { SessionsRepository } from './sessions.repository.js';
import type { Rotation } from './sessions.repository.js';

const NOT_ENDED = 'revoked_at IS NULL AND expires_at > clock_timestamp()';

/** $1 session, $2 hash of the token that is used up, $3 of the next one, $4 now, $5 end */
const ROTATE = {
  name: 'auth-rotate-session',
  text: `
    UPDATE sessions
       SET generation = generation + 1, refresh_token_hash = $3, refreshed_at = $4::timestamptz,
           expires_at = $5::timestamptz
     WHERE id = $1::uuid AND refresh_token_hash = $2 AND revoked_at IS NULL`,
};

/** $1 session, $2 user */
const REVOKE = {
  name: 'auth-revoke-session',
  text: `
    UPDATE sessions SET revoked_at = clock_timestamp() WHERE id = $1::uuid AND user_id = $2::uuid AND ${NOT_ENDED}`,
};

/** $1 user, $2 the session that stays, or null */
const REVOKE_OTHERS = {
  name: 'auth-revoke-other-sessions',
  text: `
    UPDATE sessions SET revoked_at = clock_timestamp()
     WHERE user_id = $1::uuid AND ${NOT_ENDED} AND id IS DISTINCT FROM $2::uuid
    RETURNING id`,
};

/** $1 user, $2 how many of the newest stay */
const REVOKE_OLDEST = {
  name: 'auth-revoke-oldest-sessions',
  text: `
    UPDATE sessions SET revoked_at = clock_timestamp()
     WHERE revoked_at IS NULL AND id IN (
       SELECT id FROM sessions WHERE user_id = $1::uuid AND ${NOT_ENDED}
        ORDER BY refreshed_at DESC, id DESC OFFSET $2
     )
    RETURNING id`,
};

/** $1 user */
const ERASE = {
  name: 'auth-erase-sessions',
  text: `
    WITH gone AS (DELETE FROM sessions WHERE user_id = $1::uuid RETURNING id)
    INSERT INTO erased_sessions (id, revoked_at) SELECT id, clock_timestamp() FROM gone RETURNING id`,
};

/**
 * $1 seconds. now(), which stays the same within a statement: by a condition on clock_timestamp() no index is searched.
 */
export const REVOKED_WITHIN = {
  name: 'auth-revoked-within',
  text: `
    SELECT id FROM sessions WHERE revoked_at > now() - make_interval(secs => $1)
    UNION ALL
    SELECT id FROM erased_sessions WHERE revoked_at > now() - make_interval(secs => $1)`,
};

/** $1 session id. Whose it is must be compared: with the user in the condition another index looks as good. */
export const ACTIVE_SESSION = {
  name: 'auth-session-active',
  text: `
    SELECT user_id AS "userId", expires_at AS "expiresAt", key_thumbprint AS "keyThumbprint"
      FROM sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()`,
};

/** $1 session, $2 user */
const LOCK_FOR_SHARE = {
  name: 'auth-lock-session-for-share',
  text: `SELECT 1 AS locked FROM sessions WHERE id = $1::uuid AND user_id = $2::uuid AND ${NOT_ENDED} FOR SHARE`,
};

/** $1 seconds, $2 limit. Each kind by its own index: an OR of both would be a scan where bitmaps are ruled out. */
const DELETE_ENDED = {
  name: 'auth-delete-ended-sessions',
  text: `
    WITH revoked AS MATERIALIZED (
      SELECT id FROM sessions WHERE revoked_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED
    ), expired AS MATERIALIZED (
      SELECT id FROM sessions WHERE expires_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM (SELECT id FROM revoked UNION SELECT id FROM expired) AS ended LIMIT $2
    )`,
};
const DELETE_OLD_ERASED = deletionOfOld('erased_sessions', 'id', 'revoked_at');

const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

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
    const { from, to, refreshedAt, expiresAt } = rotation;
    const values = [id, from, to, new Date(refreshedAt), new Date(expiresAt)];
    return (await countOf(this.database, ROTATE, values)) === 1;
  }

  override async revoke(tx: Transaction, userId: string, id: string): Promise<boolean> {
    return (await countOf(tx, REVOKE, [id, userId])) === 1;
  }

  override async revokeOthers(tx: Transaction, userId: string, kept: string | null): Promise<string[]> {
    return idsOf(await rowsOf<{ id: string }>(tx, REVOKE_OTHERS, [userId, kept]));
  }

  override async revokeOfUser(tx: Transaction, userId: string, kept: number): Promise<string[]> {
    return idsOf(await rowsOf<{ id: string }>(tx, REVOKE_OLDEST, [userId, kept]));
  }

  override async erase(tx: Transaction, userId: string): Promise<string[]> {
    return idsOf(await rowsOf<{ id: string }>(tx, ERASE, [userId]));
  }

  override async findRevokedWithin(seconds: number): Promise<string[]> {
    return idsOf(await rowsOf<{ id: string }>(this.database, REVOKED_WITHIN, [seconds]));
  }

  override async findEndOfActive(userId: string, id: string, key: Uint8Array | null): Promise<number | null> {
    const [session] = await rowsOf<Pick<Session, 'userId' | 'expiresAt' | 'keyThumbprint'>>(
      this.database,
      ACTIVE_SESSION,
      [id],
    );
    return session?.userId === userId && isSameKey(session.keyThumbprint, key) ? session.expiresAt : null;
  }

  override async lockForShare(tx: Transaction, userId: string, id: string): Promise<boolean> {
    return (await rowsOf(tx, LOCK_FOR_SHARE, [id, userId])).length === 1;
  }

  override async deleteEnded(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_ENDED, [seconds, limit]);
  }

  override async forgetErased(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD_ERASED, [seconds, limit]);
  }
}
