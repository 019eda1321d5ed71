import { Injectable } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import { sessionEnded } from '../../../core/accounts/index.js';
import type { AccountEvent } from '../../../core/accounts/index.js';
import { Database, prismaOf } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { RecordedEvent } from './account-event.js';
import { AccountEventsRepository } from './account-events.repository.js';

@Injectable()
export class PrismaAccountEventsRepository extends AccountEventsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(tx: Transaction, event: AccountEvent, at: number): Promise<void> {
    const { userId, kind, actor, otherSessionId = null, keyVersion = null, detail = null } = event;
    // Waits for an erasure under way, whose end a violation of the foreign key would tell as a failure of the server.
    const count = await prismaOf(tx).$executeRaw`
      WITH kept AS (
        SELECT user_id FROM accounts WHERE user_id = ${userId}::uuid FOR KEY SHARE
      ), numbered AS (
        INSERT INTO account_histories AS h (user_id, last_event) SELECT user_id, 1 FROM kept
        ON CONFLICT (user_id) DO UPDATE SET last_event = h.last_event + 1
        RETURNING user_id, last_event
      )
      INSERT INTO account_events
        (user_id, id, at, kind, session_id, session_name, client, other_session_id, key_version, detail)
      SELECT user_id, last_event, ${new Date(at)}::timestamptz, ${kind}, ${actor.sessionId}::uuid,
        (SELECT NULLIF(name, '') FROM sessions WHERE id = ${actor.sessionId}::uuid),
        ${actor.client}, ${otherSessionId}::uuid, ${keyVersion}::int, ${detail}
        FROM numbered`;
    if (count !== 1) throw sessionEnded();
  }

  override async deleteOld(seconds: number, limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM account_events WHERE (user_id, id) IN (
        SELECT user_id, id FROM account_events
        WHERE at < now() - make_interval(secs => ${seconds})
        ORDER BY at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }

  override async findNewest(userId: string, before: number, limit: number): Promise<RecordedEvent[]> {
    const rows = await this.database.prisma.accountEvent.findMany({
      where: { userId, id: { lt: before } },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map(({ id, at, kind, ...row }) => ({
      ...row,
      id: Number(id),
      at: at.getTime(),
      kind: kind as AccountEventKind,
    }));
  }
}
