import { Injectable } from '@nestjs/common';
import {
  Database,
  inSqlTransaction,
  isUniqueViolation,
  prismaOf,
  type Transaction,
} from '../../core/database/index.js';
import { type AcceptedMessage, type MailboxEntry, type Receipt, REPEAT_WINDOW_MS, suiteNumber } from './message.js';
import { type EntryRow, type ReceiptRow, toEntry, toReceipt } from './message-rows.js';
import {
  type DeliveryContext,
  type KeyHead,
  type MailboxPage,
  MessagesRepository,
  type PageQuery,
} from './messages.repository.js';
import * as sql from './messages.sql.js';

/** A page ends here, so that one answer stays small whatever lies in the mailbox. */
const PAGE_BYTES = 2 * 1024 * 1024;

const REPEAT_WINDOW = `${REPEAT_WINDOW_MS / 1000} seconds`;

type ContextRow =
  | { user_id: string; version: number; keys_hash: Buffer }
  | ({ user_id: null; sender_id: string; content_hash: Buffer } & ReceiptRow);

type PageRow = { last_sequence: string; acknowledged_up_to: string; candidates: string } & (
  EntryRow | { sequence: null }
);

@Injectable()
export class PgMessagesRepository extends MessagesRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async openMailbox(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).mailbox.create({ data: { userId, lastSequence: 0, acknowledgedUpTo: 0 } });
  }

  override async findDeliveryContext(messageId: string, userIds: readonly string[]): Promise<DeliveryContext> {
    const { rows } = await this.database.pool.query<ContextRow>({
      ...sql.FIND_DELIVERY_CONTEXT,
      values: [messageId, userIds],
    });
    const heads = new Map<string, KeyHead>();
    let existing: DeliveryContext['existing'] = null;
    for (const row of rows) {
      if (row.user_id !== null) heads.set(row.user_id, { version: row.version, keysHash: row.keys_hash });
      else existing = { senderId: row.sender_id, contentHash: row.content_hash, receipt: toReceipt(row) };
    }
    return { existing, heads };
  }

  override async deliver(message: AcceptedMessage): Promise<Receipt | null> {
    const recipientIds = message.recipients.map((recipient) => recipient.userId);
    const receivedAt = new Date(message.receivedAt);
    const expiresAt = message.expiresAt === undefined ? null : new Date(message.expiresAt);
    const values = [
      message.id,
      message.senderId,
      message.senderKeyVersion,
      message.conversationId,
      suiteNumber(message.suite),
      recipientIds,
      message.recipients.map((recipient) => recipient.keyVersion),
      message.contentHash,
      message.ciphertext,
      message.nonce ?? null,
      receivedAt,
      expiresAt,
    ];
    try {
      const { rows } = await this.database.pool.query<{ sequences: string[] }>({ ...sql.DELIVER, values });
      const sequences = rows[0]?.sequences ?? [];
      return toReceipt({
        recipient_ids: recipientIds,
        sequences,
        received_at: receivedAt,
        expires_at: expiresAt,
      });
    } catch (error) {
      if (isUniqueViolation(error, 'messages_pkey')) return null;
      throw error;
    }
  }

  override async findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage> {
    const { after, limit, conversationId } = query;
    const values: unknown[] = [userId, new Date(now), after, limit, PAGE_BYTES];
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
    const { rows } = await this.database.pool.query<EntryRow>({
      ...sql.FIND_ENTRY,
      values: [userId, new Date(now), messageId],
    });
    return rows[0] === undefined ? null : toEntry(rows[0]);
  }

  override async acknowledge(userId: string, upTo: number): Promise<number | null> {
    const { rows } = await this.database.pool.query<{ acknowledged_up_to: string }>({
      ...sql.ACKNOWLEDGE,
      values: [userId, upTo],
    });
    return rows[0] === undefined ? null : Number(rows[0].acknowledged_up_to);
  }

  override remove(userId: string, messageId: string, now: number): Promise<boolean> {
    return inSqlTransaction(this.database.pool, async (client) => {
      const locked = await client.query({ ...sql.LOCK_OWN_MESSAGE, values: [userId, messageId, new Date(now)] });
      if (locked.rowCount === 0) return false;
      const deleted = await client.query({ ...sql.DELETE_ENTRY, values: [userId, messageId] });
      await client.query({ ...sql.DROP_BODY, values: [messageId, new Date(now), REPEAT_WINDOW] });
      return deleted.rowCount === 1;
    });
  }

  override async findLastSequences(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.database.pool.query<{ user_id: string; last_sequence: string }>({
      ...sql.FIND_LAST_SEQUENCES,
      values: [userIds],
    });
    return new Map(rows.map((row) => [row.user_id, Number(row.last_sequence)]));
  }

  override sweep(now: number, limit: number): Promise<number> {
    return inSqlTransaction(this.database.pool, async (client) => {
      const { rows } = await client.query<{ id: string; empty: boolean }>({
        ...sql.LOCK_DUE,
        values: [new Date(now), limit],
      });
      const idsOf = (empty: boolean): string[] => rows.filter((row) => row.empty === empty).map((row) => row.id);
      const expired = idsOf(false);
      const forgotten = idsOf(true);
      if (expired.length > 0) {
        await client.query({ ...sql.DELETE_ENTRIES, values: [expired] });
        await client.query({ ...sql.DROP_BODIES, values: [expired, new Date(now), REPEAT_WINDOW] });
      }
      if (forgotten.length > 0) await client.query({ ...sql.FORGET, values: [forgotten] });
      return rows.length;
    });
  }
}
