import { Injectable } from '@nestjs/common';
import { Database, plainArray, prismaOf, repeatOnConflict, type Transaction } from '../../core/database/index.js';
import { unpackRecipients } from './pg-delivered-recipients.js';
import { type MailboxPage, MailboxRepository, type PageQuery } from './mailbox.repository.js';
import * as sql from './mailbox.sql.js';
import type { MailboxEntry } from './message.js';
import { type EntryCandidate, readEntries } from './pg-message-rows.js';

/** A page ends here, so that one answer stays small whatever lies in the mailbox. */
const PAGE_BYTES = 1024 * 1024;

/** A body up to here comes with its page; larger ones are read once it is known which of them are on it. */
const INLINE_BYTES = 16 * 1024;

interface PageRow {
  readonly last_sequence: string;
  readonly acknowledged_up_to: string;
  readonly entries: string | null;
}

@Injectable()
export class PgMailboxRepository extends MailboxRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async open(tx: Transaction, userId: string): Promise<void> {
    const empty = { lastSequence: 0, acknowledgedUpTo: 0, messages: 0, bytes: 0 };
    await prismaOf(tx).mailbox.create({ data: { userId, ...empty } });
  }

  override async erase(tx: Transaction, userId: string, now: number): Promise<void> {
    await prismaOf(tx).$executeRaw`
      WITH gone AS (DELETE FROM mailboxes WHERE user_id = ${userId}::uuid RETURNING user_id)
      INSERT INTO erased_mailboxes (user_id, erased_at) SELECT user_id, ${new Date(now)}::timestamptz FROM gone`;
  }

  override async findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage> {
    const { after, limit, maxBytes = PAGE_BYTES, conversationId } = query;
    const inline = Math.max(INLINE_BYTES, Math.floor(maxBytes / limit));
    const values: unknown[] = [userId, new Date(now), after, limit, inline];
    const statement =
      conversationId === undefined
        ? { ...sql.FIND_PAGE, values }
        : { ...sql.FIND_CONVERSATION_PAGE, values: [...values, conversationId] };
    const { rows } = await this.database.pool.query<PageRow>(statement);
    const candidates = readEntries(rows[0]?.entries ?? null);
    const chosen = cut(candidates, limit, maxBytes);
    return {
      entries: await this.#complete(chosen),
      hasMore: candidates.length > chosen.length,
      lastSequence: Number(rows[0]?.last_sequence ?? 0),
      acknowledgedUpTo: Number(rows[0]?.acknowledged_up_to ?? 0),
    };
  }

  /** Reads the bodies that are missing. Whose body has gone in the meantime is no entry any more. */
  async #complete(chosen: readonly EntryCandidate[]): Promise<MailboxEntry[]> {
    const missing = chosen.filter(({ ciphertext }) => ciphertext === null).map(({ entry }) => entry.id);
    const bodies = missing.length === 0 ? null : await this.#findBodies(missing);
    return chosen.flatMap(({ entry, ciphertext }) => {
      const body = ciphertext ?? bodies?.get(entry.id);
      return body === undefined ? [] : [{ ...entry, ciphertext: body }];
    });
  }

  async #findBodies(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const { rows } = await this.database.pool.query<{ id: string; ciphertext: Buffer }>({
      ...sql.FIND_BODIES,
      values: [plainArray(ids)],
    });
    return new Map(rows.map((row) => [row.id, row.ciphertext]));
  }

  override async find(userId: string, messageId: string, now: number): Promise<MailboxEntry | null> {
    const { rows } = await this.database.pool.query<{ recipients: Buffer }>({
      ...sql.FIND_RECIPIENTS,
      values: [messageId],
    });
    const recipients = rows[0] === undefined ? [] : unpackRecipients(rows[0].recipients);
    const own = recipients.find((recipient) => recipient.userId === userId);
    if (own === undefined) return null;
    const found = await this.database.pool.query<{ entries: string | null }>({
      ...sql.FIND_ENTRY,
      values: [userId, new Date(now), own.sequence, messageId],
    });
    const [candidate] = readEntries(found.rows[0]?.entries ?? null);
    if (candidate === undefined || candidate.ciphertext === null) return null;
    return { ...candidate.entry, ciphertext: candidate.ciphertext };
  }

  override async findSenders(userId: string, sequences: readonly number[], now: number): Promise<readonly string[]> {
    const { rows } = await this.database.pool.query<{ sender_id: string }>({
      ...sql.FIND_SENDERS,
      values: [userId, new Date(now), plainArray(sequences.map(String))],
    });
    return rows.map((row) => row.sender_id);
  }

  override async acknowledge(userId: string, upTo: number, deleteAt?: number): Promise<number | null> {
    const values = [userId, upTo, deleteAt === undefined ? null : new Date(deleteAt)];
    // One statement, and yet in a deadlock where it is the next in the queue for the row.
    const { rows } = await repeatOnConflict(() =>
      this.database.pool.query<{ acknowledged_up_to: string }>({ ...sql.ACKNOWLEDGE, values }),
    );
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

/** Up to `limit` entries, as long as those before have less than `maxBytes`: one at least. */
function cut(candidates: readonly EntryCandidate[], limit: number, maxBytes: number): readonly EntryCandidate[] {
  let bytes = 0;
  const end = candidates.findIndex((row, index) => {
    const full = index === limit || bytes >= maxBytes;
    bytes += row.bytes;
    return full;
  });
  return end === -1 ? candidates : candidates.slice(0, end);
}
