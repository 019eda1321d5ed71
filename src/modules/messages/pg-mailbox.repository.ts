import { Injectable } from '@nestjs/common';
import { Database, plainArray, prismaOf, type Transaction } from '../../core/database/index.js';
import { unpackRecipients } from './delivered-recipients.js';
import { type MailboxPage, MailboxRepository, type PageQuery } from './mailbox.repository.js';
import * as sql from './mailbox.sql.js';
import type { MailboxEntry } from './message.js';
import { type EntryRow, toEntry } from './message-rows.js';

/** A page ends here, so that one answer stays small whatever lies in the mailbox. */
const PAGE_BYTES = 2 * 1024 * 1024;

type PageRow = { last_sequence: string; acknowledged_up_to: string; candidates: string } & (
  EntryRow | { sequence: null }
);

@Injectable()
export class PgMailboxRepository extends MailboxRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async open(tx: Transaction, userId: string): Promise<void> {
    const empty = { lastSequence: 0, acknowledgedUpTo: 0, messages: 0, bytes: 0 };
    await prismaOf(tx).mailbox.create({ data: { userId, ...empty } });
  }

  override async findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage> {
    const { after, limit, maxBytes = PAGE_BYTES, conversationId } = query;
    const values: unknown[] = [userId, new Date(now), after, limit, maxBytes];
    const statement =
      conversationId === undefined
        ? { ...sql.FIND_PAGE, values }
        : { ...sql.FIND_CONVERSATION_PAGE, values: [...values, conversationId] };
    const { rows } = await this.database.pool.query<PageRow>(statement);
    const entries = rows.flatMap((row) => (row.sequence === null ? [] : [toEntry(row)]));
    const candidates = Number(rows[0]?.candidates ?? 0);
    return {
      entries,
      hasMore: candidates > entries.length,
      lastSequence: Number(rows[0]?.last_sequence ?? 0),
      acknowledgedUpTo: Number(rows[0]?.acknowledged_up_to ?? 0),
    };
  }

  override async find(userId: string, messageId: string, now: number): Promise<MailboxEntry | null> {
    const { rows } = await this.database.pool.query<{ recipients: Buffer }>({
      ...sql.FIND_RECIPIENTS,
      values: [messageId],
    });
    const recipients = rows[0] === undefined ? [] : unpackRecipients(rows[0].recipients);
    const own = recipients.find((recipient) => recipient.userId === userId);
    if (own === undefined) return null;
    const found = await this.database.pool.query<EntryRow>({
      ...sql.FIND_ENTRY,
      values: [userId, new Date(now), own.sequence, messageId],
    });
    return found.rows[0] === undefined ? null : toEntry(found.rows[0]);
  }

  override async acknowledge(userId: string, upTo: number, deleteAt?: number): Promise<number | null> {
    const { rows } = await this.database.pool.query<{ acknowledged_up_to: string }>({
      ...sql.ACKNOWLEDGE,
      values: [userId, upTo, deleteAt === undefined ? null : new Date(deleteAt)],
    });
    return rows[0] === undefined ? null : Number(rows[0].acknowledged_up_to);
  }

  override async findLastSequences(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.database.pool.query<{ user_id: string; last_sequence: string }>({
      ...sql.FIND_LAST_SEQUENCES,
      values: [plainArray(userIds)],
    });
    return new Map(rows.map((row) => [row.user_id, Number(row.last_sequence)]));
  }
}
