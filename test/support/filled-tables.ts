import type { Pool } from 'pg';

/**
 * Fills the tables of the hot statements as a server in use has them: one large mailbox among many, some messages that
 * expire, some mailboxes to be swept. The statistics stay what they were.
 */
export async function fillTables(pool: Pool, { users, messages }: { users: number; messages: number }): Promise<void> {
  for (const table of [
    'messages',
    'mailboxes',
    'mailbox_entries',
    'key_heads',
    'key_statements',
    'handles',
    'sessions',
  ])
    await pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  const client = await pool.connect();
  // The connections of the server rule out the plans that filling by joins needs.
  for (const kind of ['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan']) await client.query(`SET enable_${kind} = on`);
  const zeros = (bytes: number) => `decode(repeat('00', ${bytes}), 'hex')`;
  await client.query(`
    DROP TABLE IF EXISTS people, sends;
    CREATE TEMPORARY TABLE people AS SELECT number, gen_random_uuid() AS id FROM generate_series(0, ${users - 1}) AS number;
    CREATE TEMPORARY TABLE sends AS
      SELECT number, gen_random_uuid() AS id, (CASE WHEN number % 5 = 0 THEN 0 ELSE number % ${users} END) AS person
        FROM generate_series(1, ${messages}) AS number;
    INSERT INTO key_heads SELECT id, 1, ${zeros(32)} FROM people;
    INSERT INTO key_statements
      SELECT id, version, ${zeros(32)}, ${zeros(1400)}, ${zeros(64)}, NULL, now() FROM people, generate_series(1, 3) AS version;
    INSERT INTO handles SELECT 'user' || number || '@' || id, id, ${zeros(64)}, 1, now() FROM people;
    INSERT INTO accounts
      SELECT id, 1, ${zeros(32)}, ${zeros(32)}, ${zeros(32)}, ${zeros(105)}, ${zeros(105)}, 1, now(), NULL FROM people;
    INSERT INTO sessions (id, user_id, name, generation, refresh_token_hash, created_at, refreshed_at, expires_at)
      SELECT gen_random_uuid(), id, 'phone', 0, ${zeros(32)}, now(), now(), now() + interval '90 days' FROM people;
    INSERT INTO messages (received_at, expires_at, sweep_at, id, sender_id, conversation_id, sender_key_version, suite,
                          recipients, content_hash, nonce, ciphertext)
      SELECT now(), expires_at, expires_at, sends.id, people.id, people.id, 1, 2, ${zeros(28)}, ${zeros(16)}, ${zeros(24)},
             ${zeros(300)}
        FROM sends JOIN people ON people.number = sends.person
        CROSS JOIN LATERAL (SELECT CASE WHEN sends.number % 3 = 0 THEN now() + sends.number * interval '1 s' END) AS t (expires_at);
    INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
      SELECT people.id, row_number() OVER (PARTITION BY people.id ORDER BY sends.number), sends.id, people.id
        FROM sends JOIN people ON people.number = sends.person;
    INSERT INTO mailboxes (user_id, last_sequence, acknowledged_up_to, messages, bytes, sweep_to, sweep_at)
      SELECT id, ${messages}, 10, 10, 3000, CASE WHEN number % 10 = 0 THEN 10 END, CASE WHEN number % 10 = 0 THEN now() END
        FROM people`);
  client.release();
}
