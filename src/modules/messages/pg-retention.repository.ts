import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import {
  countOf,
  Database,
  inSqlTransaction,
  isDatabaseUnavailable,
  isTransactionConflict,
  plainArray,
  repeatOnConflict,
  rowsOf,
} from '../../core/database/index.js';
import { unpackRecipients } from './pg-delivered-recipients.js';
import type { DeliveredRecipient } from './message.js';
import {
  type AcknowledgedBatch,
  type DueBatch,
  type ErasedBatch,
  RetentionRepository,
  SweepError,
  type SweepLimits,
} from './retention.repository.js';
import * as sql from './retention.sql.js';
import {
  type AcknowledgedEntry,
  type DueMailbox,
  positionsAfter,
  type StoredBody,
  takeBounded,
} from './sweep-batch.js';

/** Acknowledged entries of one transaction, however many mailboxes they lie in. */
const ACKNOWLEDGED_ENTRIES = 500;
/** Mailboxes that are looked through at once for missing due times. */
const MAILBOXES_SCHEDULED_AT_ONCE = 1000;
const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** `bytes` is null where the body has gone. */
interface LockedRow {
  readonly id: string;
  readonly recipients: Uint8Array;
  readonly bytes: number | null;
}

@Injectable()
export class PgRetentionRepository extends RetentionRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override remove(userId: string, messageId: string, now: number): Promise<boolean> {
    const removal = () =>
      this.#transaction(async (client) => {
        const rows = await rowsOf<LockedRow>(client, sql.LOCK_MESSAGE, [messageId, new Date(now)]);
        const messages = rows.map(toBody);
        const recipients = messages.flatMap((message) => message.recipients);
        const own = recipients.filter((recipient) => recipient.userId === userId);
        const emptied = await deleteEntries(client, own, messages);
        if (emptied.size === 0) return false;
        await dropUnused(client, messages, now);
        await countOut(client, emptied);
        return true;
      });
    // A delivery locks the mailbox first, and then waits for a message whose id it uses again.
    return repeatOnConflict(removal);
  }

  override async sweepDue(now: number, from: number, limits: SweepLimits): Promise<DueBatch> {
    let ids: readonly string[] = [];
    const batch = this.#transaction(async (client) => {
      const values = [new Date(now), new Date(from), plainArray(limits.except), limits.rows];
      const rows = await rowsOf<LockedRow & { dueAt: Date }>(client, sql.LOCK_DUE, values);
      ids = rows.map((row) => row.id);
      const due = takeBounded(rows.map((row) => ({ ...toBody(row), dueAt: row.dueAt })));
      const expired = due.filter((message) => message.bytes !== null);
      const forgotten = due.filter((message) => message.bytes === null);
      if (forgotten.length > 0) await countOf(client, sql.FORGET, [idsOf(forgotten)]);
      if (expired.length > 0) {
        await dropBodies(client, expired, now);
        const entries = expired.flatMap((message) => message.recipients);
        await countOut(client, await deleteEntries(client, entries, expired));
      }
      const isAll = due.length === rows.length && rows.length < limits.rows;
      const next = isAll ? null : (due.at(-1)?.dueAt ?? null);
      return { expired: expired.length, forgotten: forgotten.length, next };
    });
    return batch.catch((error: unknown) => {
      throw toSweepError(ids, error);
    });
  }

  override async sweepAcknowledged(now: number, delayMs: number, limits: SweepLimits): Promise<AcknowledgedBatch> {
    let ids: readonly string[] = [];
    const batch = this.#transaction(async (client) => {
      const mailboxes = await findDueMailboxes(client, now, limits);
      ids = mailboxes.map((mailbox) => mailbox.userId);
      if (ids.length === 0) return { acknowledged: 0, more: false };
      const perMailbox = Math.max(1, Math.floor(ACKNOWLEDGED_ENTRIES / ids.length));
      const entries = await findAcknowledged(client, mailboxes, perMailbox);
      const messages = await lockMessages(client, entries);
      const locked = new Set(messages.map((message) => message.id));
      const emptied = await deleteEntries(
        client,
        entries.filter((entry) => locked.has(entry.messageId)),
        messages,
      );
      await dropUnused(client, messages, now);
      const positions = positionsAfter(mailboxes, entries, locked, perMailbox);
      await countOut(client, emptied, [...positions.keys()]);
      await advance(client, positions, now + delayMs);
      const isDone = ({ userId, sweepTo }: DueMailbox) => positions.get(userId) === sweepTo;
      const more = positions.size > 0 && (ids.length === limits.rows || !mailboxes.every(isDone));
      return { acknowledged: sumOf(emptied), more };
    });
    return batch.catch((error: unknown) => {
      throw toSweepError(ids, error);
    });
  }

  override async sweepErased(now: number, limits: SweepLimits): Promise<ErasedBatch> {
    let ids: readonly string[] = [];
    const batch = this.#transaction(async (client) => {
      const mailbox = await lockErasedMailbox(client, now, limits.except);
      if (mailbox === null) return { entries: 0, more: false };
      ids = [mailbox.userId];
      const entries = await findAcknowledged(client, [mailbox], limits.rows);
      const messages = await lockMessages(client, entries);
      const locked = new Set(messages.map((message) => message.id));
      const own = entries.filter((entry) => locked.has(entry.messageId));
      await deleteEntries(client, own, messages);
      const unused = await findUnused(client, messages);
      if (unused.length > 0) await countOf(client, sql.FORGET, [idsOf(unused)]);
      const position = positionsAfter([mailbox], entries, locked, limits.rows).get(mailbox.userId);
      if (position === mailbox.sweepTo) await countOf(client, sql.FORGET_ERASED, [mailbox.userId]);
      else if (position !== undefined) await countOf(client, sql.ADVANCE_ERASED, [mailbox.userId, position]);
      return { entries: own.length, more: position !== undefined };
    });
    return batch.catch((error: unknown) => {
      throw toSweepError(ids, error);
    });
  }

  override scheduleSweeps(after: string, deleteAt: number): Promise<string | null> {
    return this.#transaction(async (client) => {
      const values = [after === '' ? LEAST_UUID : after, MAILBOXES_SCHEDULED_AT_ONCE, new Date(deleteAt)];
      const [last] = await rowsOf<{ userId: string }>(client, sql.SCHEDULE_SWEEPS, values);
      return last?.userId ?? null;
    });
  }

  #transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return inSqlTransaction(this.database.pool, work);
  }
}

/** A batch may fail because of what it holds, unless the database says that it is for another reason. */
function toSweepError(ids: readonly string[], error: unknown): unknown {
  if (isTransactionConflict(error)) return new SweepError([], error);
  return ids.length === 0 || isDatabaseUnavailable(error) ? error : new SweepError(ids, error);
}

function toBody(row: LockedRow): StoredBody {
  return { id: row.id, recipients: unpackRecipients(row.recipients), bytes: row.bytes };
}

function idsOf(messages: readonly StoredBody[]): string {
  return plainArray(messages.map((message) => message.id));
}

function pairs(entries: readonly Pick<DeliveredRecipient, 'userId' | 'sequence'>[]): [string, string] {
  return [plainArray(entries.map((entry) => entry.userId)), plainArray(entries.map((entry) => entry.sequence))];
}

async function findDueMailboxes(client: PoolClient, now: number, limits: SweepLimits): Promise<DueMailbox[]> {
  return rowsOf<DueMailbox>(client, sql.FIND_DUE_MAILBOXES, [new Date(now), plainArray(limits.except), limits.rows]);
}

async function findAcknowledged(
  client: PoolClient,
  mailboxes: readonly DueMailbox[],
  perMailbox: number,
): Promise<AcknowledgedEntry[]> {
  return rowsOf<AcknowledgedEntry>(client, sql.FIND_ACKNOWLEDGED, [
    plainArray(mailboxes.map((mailbox) => mailbox.userId)),
    plainArray(mailboxes.map((mailbox) => mailbox.sweptUpTo)),
    plainArray(mailboxes.map((mailbox) => mailbox.sweepTo)),
    perMailbox,
  ]);
}

async function lockMessages(client: PoolClient, entries: readonly AcknowledgedEntry[]): Promise<StoredBody[]> {
  if (entries.length === 0) return [];
  const ids = new Set(entries.map((entry) => entry.messageId));
  const rows = await rowsOf<LockedRow>(client, sql.LOCK_MESSAGES, [plainArray([...ids])]);
  return takeBounded(rows.map(toBody));
}

/** Messages and bytes that go out of a mailbox. */
interface Emptied {
  messages: number;
  bytes: number;
}

function sumOf(emptied: ReadonlyMap<string, Emptied>): number {
  return [...emptied.values()].reduce((sum, { messages }) => sum + messages, 0);
}

/** Deletes those of the entries that are there. The messages are locked, so nobody else deletes entries of theirs. */
async function deleteEntries(
  client: PoolClient,
  entries: readonly Pick<DeliveredRecipient, 'userId' | 'sequence'>[],
  messages: readonly StoredBody[],
): Promise<Map<string, Emptied>> {
  const emptied = new Map<string, Emptied>();
  if (entries.length === 0) return emptied;
  const rows = await rowsOf<{ userId: string; messageId: string }>(client, sql.DELETE_ENTRIES, pairs(entries));
  const bytesOf = new Map(messages.map((message) => [message.id, message.bytes ?? 0]));
  for (const { userId, messageId } of rows) {
    const sum = emptied.get(userId) ?? { messages: 0, bytes: 0 };
    emptied.set(userId, { messages: sum.messages + 1, bytes: sum.bytes + (bytesOf.get(messageId) ?? 0) });
  }
  return emptied;
}

/** Drops the bodies that no mailbox has an entry for any more. */
async function dropUnused(client: PoolClient, messages: readonly StoredBody[], now: number): Promise<void> {
  const unused = await findUnused(client, messages);
  if (unused.length > 0) await dropBodies(client, unused, now);
}

/** The messages with a body that no mailbox has an entry for any more. */
async function findUnused(client: PoolClient, messages: readonly StoredBody[]): Promise<StoredBody[]> {
  const bodies = messages.filter((message) => message.bytes !== null);
  if (bodies.length === 0) return [];
  const values = pairs(bodies.flatMap((message) => message.recipients));
  const rows = await rowsOf<{ messageId: string }>(client, sql.FIND_ENTRIES, values);
  const used = new Set(rows.map((row) => row.messageId));
  return bodies.filter((message) => !used.has(message.id));
}

async function lockErasedMailbox(
  client: PoolClient,
  now: number,
  except: readonly string[],
): Promise<DueMailbox | null> {
  const values = [new Date(now), plainArray(except)];
  const [row] = await rowsOf<Omit<DueMailbox, 'sweepTo'>>(client, sql.LOCK_ERASED_MAILBOX, values);
  return row === undefined ? null : { ...row, sweepTo: Number.MAX_SAFE_INTEGER };
}

async function dropBodies(client: PoolClient, messages: readonly StoredBody[], now: number): Promise<void> {
  await countOf(client, sql.DROP_BODIES, [idsOf(messages), new Date(now), sql.REPEAT_WINDOW]);
}

/** Last in a transaction, so that deliveries to these mailboxes (and to `others`) wait for no more than the commit. */
async function countOut(
  client: PoolClient,
  emptied: ReadonlyMap<string, Emptied>,
  others: readonly string[] = [],
): Promise<void> {
  const locked = new Set([...emptied.keys(), ...others]);
  if (locked.size > 0) await rowsOf(client, sql.LOCK_MAILBOXES, [plainArray([...locked])]);
  if (emptied.size === 0) return;
  const sums = [...emptied.values()];
  const less = [plainArray(sums.map((sum) => sum.messages)), plainArray(sums.map((sum) => sum.bytes))];
  await countOf(client, sql.COUNT_OUT, [plainArray([...emptied.keys()]), ...less]);
}

async function advance(client: PoolClient, positions: ReadonlyMap<string, number>, next: number): Promise<void> {
  if (positions.size === 0) return;
  const values = [plainArray([...positions.keys()]), plainArray([...positions.values()]), new Date(next)];
  await countOf(client, sql.ADVANCE, values);
}
