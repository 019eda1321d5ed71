import { Injectable } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import { sessionEnded } from '../../../core/accounts/index.js';
import type { AccountEvent } from '../../../core/accounts/index.js';
import { countOf, Database, deletionOfOld, fromRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';

/** An entry of the history of an account. */
export interface RecordedEvent {
  /** Counts the events of the account, from 1; the cursor of the history. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: AccountEventKind;
  readonly sessionId: string | null;
  readonly sessionName: string | null;
  readonly client: string | null;
  readonly otherSessionId: string | null;
  readonly keyVersion: number | null;
  readonly detail: string | null;
}

/** Why a session ended, where it was not by its own log-out: `detail` of `session-ended`. */
export const SESSION_END_REASONS = {
  /** Another session of the account ended it. */
  revoked: 'revoked',
  /** A newer one took its place: an account has at most 100. */
  evicted: 'evicted',
  /** Two parties held tokens of it. */
  refreshTokenReused: 'refresh-token-reused',
} as const;

/**
 * Waits for an erasure under way, whose end a violation of the foreign key would tell as a failure of the server.
 * $1 user, $2 at, $3 kind, $4 session, $5 client, $6 other session, $7 key version, $8 detail
 */
const ADD = {
  name: 'auth-add-account-event',
  text: `
    WITH kept AS (
      SELECT user_id FROM accounts WHERE user_id = $1::uuid FOR KEY SHARE
    ), numbered AS (
      INSERT INTO account_histories AS h (user_id, last_event) SELECT user_id, 1 FROM kept
      ON CONFLICT (user_id) DO UPDATE SET last_event = h.last_event + 1
      RETURNING user_id, last_event
    )
    INSERT INTO account_events
      (user_id, id, at, kind, session_id, session_name, client, other_session_id, key_version, detail)
    SELECT user_id, last_event, $2::timestamptz, $3, $4::uuid,
           (SELECT NULLIF(name, '') FROM sessions WHERE id = $4::uuid), $5, $6::uuid, $7::int, $8
      FROM numbered`,
};
const DELETE_OLD = deletionOfOld('account_events', 'user_id, id', 'at');

/** Events are added and read, never changed; they go with the account, or when they are old. */
@Injectable()
export class AccountEventsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Numbers the events of an account one after the other: waits for a transaction that is adding another.
   * Keeps the name of the actor's session with the event, since the session may be deleted first.
   * @param at Unix milliseconds
   * @throws auth.session-ended where the account is gone
   */
  async add(tx: Transaction, event: AccountEvent, at: number): Promise<void> {
    const { userId, kind, actor, otherSessionId = null, keyVersion = null, detail = null } = event;
    const { sessionId, client } = actor;
    const values = [userId, new Date(at), kind, sessionId, client, otherSessionId, keyVersion, detail];
    const count = await countOf(tx, ADD, values);
    if (count !== 1) throw sessionEnded();
  }

  /** Deletes up to `limit` that are at least `seconds` old; answers with how many. Their numbers are not used again. */
  async deleteOld(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }

  /** The newest first, at most `limit`, only those before the id `before`. */
  async findNewest(userId: string, before: number, limit: number): Promise<RecordedEvent[]> {
    const rows = await this.database.prisma.accountEvent.findMany({
      where: { userId, id: { lt: before } },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map(fromRow).map((event) => ({ ...event, kind: event.kind as AccountEventKind }));
  }
}
