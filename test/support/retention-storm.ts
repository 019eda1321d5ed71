import { randomInt } from 'node:crypto';
import type { TestDatabase } from './test-database.js';

export interface MailboxCounters {
  readonly userId: string;
  readonly messages: number;
  readonly bytes: number;
}

/** What the mailboxes say that they hold. */
export async function countersOf({ database }: TestDatabase, userIds: readonly string[]): Promise<MailboxCounters[]> {
  const { rows } = await database.pool.query<{ user_id: string; messages: string; bytes: string }>(
    'SELECT user_id, messages, bytes FROM mailboxes WHERE user_id = ANY($1::uuid[]) ORDER BY user_id',
    [userIds],
  );
  return rows.map(toCounters);
}

/** What they hold. */
export async function contentsOf({ database }: TestDatabase, userIds: readonly string[]): Promise<MailboxCounters[]> {
  const { rows } = await database.pool.query<{ user_id: string; messages: string; bytes: string }>(
    `SELECT mailbox.user_id, count(message.id) AS messages, COALESCE(sum(octet_length(message.ciphertext)), 0) AS bytes
       FROM mailboxes AS mailbox
       LEFT JOIN mailbox_entries AS entry ON entry.user_id = mailbox.user_id
       LEFT JOIN messages AS message ON message.id = entry.message_id AND message.ciphertext IS NOT NULL
      WHERE mailbox.user_id = ANY($1::uuid[]) GROUP BY mailbox.user_id ORDER BY mailbox.user_id`,
    [userIds],
  );
  return rows.map(toCounters);
}

function toCounters(row: { user_id: string; messages: string; bytes: string }): MailboxCounters {
  return { userId: row.user_id, messages: Number(row.messages), bytes: Number(row.bytes) };
}

/** Entries whose body is gone, and bodies without an entry. */
export async function strays({ database }: TestDatabase): Promise<{ entries: number; bodies: number }> {
  const { rows } = await database.pool.query<{ entries: string; bodies: string }>(`
    SELECT (SELECT count(*) FROM mailbox_entries AS entry WHERE NOT EXISTS (
             SELECT FROM messages WHERE id = entry.message_id AND ciphertext IS NOT NULL)) AS entries,
           (SELECT count(*) FROM messages WHERE ciphertext IS NOT NULL AND NOT EXISTS (
             SELECT FROM mailbox_entries WHERE message_id = messages.id)) AS bodies`);
  return { entries: Number(rows[0]?.entries), bodies: Number(rows[0]?.bodies) };
}

/** Fills a mailbox with messages of the mailbox's owner that expired at `expiredAt`, as deliveries would have. */
export async function fillWithExpired(
  { database }: TestDatabase,
  userId: string,
  count: number,
  expiredAt: number,
): Promise<void> {
  await database.pool.query(
    `WITH sends AS MATERIALIZED (
       SELECT number AS sequence, gen_random_uuid() AS id FROM generate_series(1, $2::int) AS number
     ), stored AS (
       INSERT INTO messages (received_at, expires_at, sweep_at, id, sender_id, conversation_id, sender_key_version, suite,
                             recipients, content_hash, nonce, ciphertext)
       SELECT $3, $3, $3, id, $1, $1, 1, 2, uuid_send($1::uuid) || int4send(1) || int8send(sequence),
              decode(repeat('00', 16), 'hex'), NULL, decode(repeat('00', 100), 'hex')
         FROM sends
     ), entered AS (
       INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id) SELECT $1, sequence, id, $1 FROM sends
     )
     UPDATE mailboxes SET last_sequence = $2::int, messages = $2::int, bytes = 100 * $2::bigint WHERE user_id = $1`,
    [userId, count, new Date(expiredAt)],
  );
}

/** Some of them, at least one. */
export function someOf<Item>(items: readonly Item[]): Item[] {
  const some = items.filter(() => randomInt(3) === 0);
  return some.length > 0 ? some : [items[randomInt(items.length)] as Item];
}
