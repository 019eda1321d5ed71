import { Injectable } from '@nestjs/common';
import {
  countOf,
  Database,
  plainArray,
  prismaOf,
  repeatOnConflict,
  rowsOf,
  type Transaction,
} from '../../core/database/index.js';
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
  readonly lastSequence: number;
  readonly acknowledgedUpTo: number;
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
    await countOf(tx, sql.ERASE, [userId, new Date(now)]);
  }

  override async findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage> {
    const { after, limit, maxBytes = PAGE_BYTES, conversationId } = query;
    const inline = Math.max(INLINE_BYTES, Math.floor(maxBytes / limit));
    const values: unknown[] = [userId, new Date(now), after, limit, inline];
    const [row] =
      conversationId === undefined
        ? await rowsOf<PageRow>(this.database, sql.FIND_PAGE, values)
        : await rowsOf<PageRow>(this.database, sql.FIND_CONVERSATION_PAGE, [...values, conversationId]);
    const candidates = readEntries(row?.entries ?? null);
    const chosen = cut(candidates, limit, maxBytes);
    const entries = await this.#complete(chosen);
    const hasMore = candidates.length > chosen.length;
    const last = chosen.at(-1);
    // All of them went between the two statements: readers go on behind the last entry of a page, so there has to be one.
    if (entries.length === 0 && hasMore && last !== undefined) {
      return this.findPage(userId, { ...query, after: last.entry.sequence }, now);
    }
    return {
      entries,
      hasMore,
      lastSequence: row?.lastSequence ?? 0,
      acknowledgedUpTo: row?.acknowledgedUpTo ?? 0,
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
    const rows = await rowsOf<{ id: string; ciphertext: Uint8Array }>(this.database, sql.FIND_BODIES, [
      plainArray(ids),
    ]);
    return new Map(rows.map((row) => [row.id, row.ciphertext]));
  }

  override async find(userId: string, messageId: string, now: number): Promise<MailboxEntry | null> {
    const [message] = await rowsOf<{ recipients: Uint8Array }>(this.database, sql.FIND_RECIPIENTS, [messageId]);
    const recipients = message === undefined ? [] : unpackRecipients(message.recipients);
    const own = recipients.find((recipient) => recipient.userId === userId);
    if (own === undefined) return null;
    const values = [userId, new Date(now), own.sequence, messageId];
    const [found] = await rowsOf<{ entries: string | null }>(this.database, sql.FIND_ENTRY, values);
    const [candidate] = readEntries(found?.entries ?? null);
    if (candidate === undefined || candidate.ciphertext === null) return null;
    return { ...candidate.entry, ciphertext: candidate.ciphertext };
  }

  override async findSenders(userId: string, sequences: readonly number[], now: number): Promise<readonly string[]> {
    const values = [userId, new Date(now), plainArray(sequences)];
    const rows = await rowsOf<{ senderId: string }>(this.database, sql.FIND_SENDERS, values);
    return rows.map((row) => row.senderId);
  }

  override async acknowledge(userId: string, upTo: number, deleteAt?: number): Promise<number | null> {
    const values = [userId, upTo, deleteAt === undefined ? null : new Date(deleteAt)];
    // One statement, and yet in a deadlock where it is the next in the queue for the row.
    const [row] = await repeatOnConflict(() =>
      rowsOf<{ acknowledgedUpTo: number }>(this.database, sql.ACKNOWLEDGE, values),
    );
    return row?.acknowledgedUpTo ?? null;
  }

  override async findLastSequences(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const values = [plainArray(userIds)];
    const rows = await rowsOf<{ userId: string; lastSequence: number }>(this.database, sql.FIND_LAST_SEQUENCES, values);
    return new Map(rows.map((row) => [row.userId, row.lastSequence]));
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
