import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { Database, inSqlTransaction, plainArray } from '../../core/database/index.js';
import { unpackRecipients } from './delivered-recipients.js';
import { type DeliveredRecipient, REPEAT_WINDOW_MS } from './message.js';
import { RetentionRepository } from './retention.repository.js';
import * as sql from './retention.sql.js';

const REPEAT_WINDOW = `${REPEAT_WINDOW_MS / 1000} seconds`;

/** `bytes` is null where the body has gone. */
interface LockedRow {
  readonly id: string;
  readonly recipients: Buffer;
  readonly bytes: number | null;
}

@Injectable()
export class PgRetentionRepository extends RetentionRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override remove(userId: string, messageId: string, now: number): Promise<boolean> {
    return inSqlTransaction(this.database.pool, async (client) => {
      const { rows } = await client.query<LockedRow>({ ...sql.LOCK_MESSAGE, values: [messageId, new Date(now)] });
      const [message] = rows;
      const recipients = message === undefined ? [] : unpackRecipients(message.recipients);
      const own = recipients.filter((recipient) => recipient.userId === userId);
      if (message === undefined || !(await deleteEntries(client, own, [message]))) return false;
      const others = await client.query({ ...sql.FIND_ENTRIES, values: pairs(recipients) });
      if (others.rowCount === 0) await dropBodies(client, [messageId], now);
      return true;
    });
  }

  override sweep(now: number, limit: number): Promise<number> {
    return inSqlTransaction(this.database.pool, async (client) => {
      const { rows } = await client.query<LockedRow>({ ...sql.LOCK_DUE, values: [new Date(now), limit] });
      const expired = rows.filter((row) => row.bytes !== null);
      const forgotten = rows.filter((row) => row.bytes === null).map((row) => row.id);
      if (forgotten.length > 0) await client.query({ ...sql.FORGET, values: [plainArray(forgotten)] });
      if (expired.length > 0) {
        const ids = expired.map((row) => row.id);
        await dropBodies(client, ids, now);
        await deleteEntries(
          client,
          expired.flatMap((row) => unpackRecipients(row.recipients)),
          expired,
        );
      }
      return rows.length;
    });
  }
}

function pairs(entries: readonly DeliveredRecipient[]): [string, string] {
  return [plainArray(entries.map((entry) => entry.userId)), plainArray(entries.map((entry) => entry.sequence))];
}

async function dropBodies(client: PoolClient, messageIds: readonly string[], now: number): Promise<void> {
  await client.query({ ...sql.DROP_BODIES, values: [plainArray(messageIds), new Date(now), REPEAT_WINDOW] });
}

/** Deletes those of the entries that are there, and counts them out of their mailboxes. Returns whether any was. */
async function deleteEntries(
  client: PoolClient,
  entries: readonly DeliveredRecipient[],
  messages: readonly LockedRow[],
): Promise<boolean> {
  const { rows } = await client.query<{ user_id: string; message_id: string }>({
    ...sql.DELETE_ENTRIES,
    values: pairs(entries),
  });
  const bytesOf = new Map(messages.map((message) => [message.id, message.bytes ?? 0]));
  const gone = new Map<string, { messages: number; bytes: number }>();
  for (const { user_id: userId, message_id: messageId } of rows) {
    const sum = gone.get(userId) ?? { messages: 0, bytes: 0 };
    gone.set(userId, { messages: sum.messages + 1, bytes: sum.bytes + (bytesOf.get(messageId) ?? 0) });
  }
  if (gone.size === 0) return false;
  const userIds = plainArray([...gone.keys()]);
  const sums = [...gone.values()];
  // Last, so that deliveries to these mailboxes wait for no more than the commit.
  await client.query({ ...sql.LOCK_MAILBOXES, values: [userIds] });
  const less = [plainArray(sums.map((sum) => sum.messages)), plainArray(sums.map((sum) => sum.bytes))];
  await client.query({ ...sql.COUNT_OUT, values: [userIds, ...less] });
  return true;
}
