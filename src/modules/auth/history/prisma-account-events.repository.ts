import { Injectable } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import { sessionEnded } from '../../../core/accounts/index.js';
import type { AccountEvent } from '../../../core/accounts/index.js';
import { countOf, Database, deletionOfOld, fromRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { RecordedEvent } from './account-event.js';
import { AccountEventsRepository } from './account-events.repository.js';

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

@Injectable()
export class PrismaAccountEventsRepository extends AccountEventsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(tx: Transaction, event: AccountEvent, at: number): Promise<void> {
    const { userId, kind, actor, otherSessionId = null, keyVersion = null, detail = null } = event;
    const { sessionId, client } = actor;
    const values = [userId, new Date(at), kind, sessionId, client, otherSessionId, keyVersion, detail];
    const count = await countOf(tx, ADD, values);
    if (count !== 1) throw sessionEnded();
  }

  override async deleteOld(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }

  override async findNewest(userId: string, before: number, limit: number): Promise<RecordedEvent[]> {
    const rows = await this.database.prisma.accountEvent.findMany({
      where: { userId, id: { lt: before } },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map(fromRow).map((event) => ({ ...event, kind: event.kind as AccountEventKind }));
  }
}
