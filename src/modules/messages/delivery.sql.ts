/**
 * The statements of a delivery, each prepared once per connection under its name. They are sent in two turns: the first
 * three, and after the decision the last two.
 */

export const BEGIN = 'BEGIN';

/**
 * In the order of the ids, so that two groups for the same people cannot wait for each other. The locks are held until
 * the commit, so that sequences become visible in their order. $1 user ids
 */
export const LOCK_MAILBOXES = {
  name: 'messages-lock-mailboxes',
  text: `
    SELECT user_id, last_sequence, messages, bytes FROM mailboxes
     WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE`,
};

/**
 * After the locks, hence with everything that was committed before they were got. One row per user and one per message.
 * `key_heads` belongs to the keys module; it is read here for the sake of one round trip. $1 user ids, $2 message ids
 */
export const FIND_KNOWN = {
  name: 'messages-find-known',
  text: `
    SELECT user_id, version, keys_hash, NULL::uuid AS id, NULL::uuid AS sender_id, NULL::bytea AS content_hash,
           NULL::bytea AS recipients, NULL::timestamptz AS received_at, NULL::timestamptz AS expires_at
      FROM key_heads WHERE user_id = ANY($1::uuid[])
    UNION ALL
    SELECT NULL, NULL, NULL, id, sender_id, content_hash, recipients, received_at, expires_at
      FROM messages WHERE id = ANY($2::uuid[])`,
};

/**
 * $1 received at; of each message: $2 ids, $3 senders, $4 conversations, $5 senders' key versions, $6 suites,
 * $7 recipients, $8 content hashes, $9 nonces, $10 ciphertexts, $11 expiries; of each entry: $12 users, $13 sequences,
 * $14 messages, $15 conversations; of each mailbox: $16 users, $17 last sequences, $18 messages, $19 bytes;
 * $20 channel and $21 payloads of the notification
 */
export const STORE = {
  name: 'messages-store',
  text: `
    WITH stored AS (
      INSERT INTO messages (received_at, expires_at, sweep_at, id, sender_id, conversation_id, sender_key_version, suite,
                            recipients, content_hash, nonce, ciphertext)
      SELECT $1::timestamptz, expires_at, expires_at, id, sender_id, conversation_id, sender_key_version, suite,
             recipients, content_hash, nonce, ciphertext
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::smallint[], $7::bytea[], $8::bytea[], $9::bytea[],
                    $10::bytea[], $11::timestamptz[])
          AS message (id, sender_id, conversation_id, sender_key_version, suite, recipients, content_hash, nonce,
                      ciphertext, expires_at)
    ), entered AS (
      INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
      SELECT * FROM unnest($12::uuid[], $13::bigint[], $14::uuid[], $15::uuid[])
    ), counted AS (
      UPDATE mailboxes
         SET last_sequence = delivered.last_sequence, messages = delivered.messages, bytes = delivered.bytes
        FROM unnest($16::uuid[], $17::bigint[], $18::bigint[], $19::bigint[])
          AS delivered (user_id, last_sequence, messages, bytes)
       WHERE mailboxes.user_id = delivered.user_id
    )
    SELECT pg_notify($20, payload) FROM unnest($21::text[]) AS payload`,
};

export const COMMIT = 'COMMIT';
