/**
 * The statements of a delivery, each prepared once per connection under its name. They are sent in two turns: the first
 * three, and after the decision the others.
 */

export const BEGIN = 'BEGIN';

/**
 * Locks the mailboxes and gives them what they would hold if the whole group were accepted, as it nearly always is; says
 * what they held before. The ids come sorted and are looked up one after the other, so that two groups for the same
 * people cannot wait for each other. The locks are held until the commit, so that sequences become visible in their order.
 * $1 user ids, $2 messages, $3 bytes
 */
export const RESERVE = {
  name: 'messages-reserve',
  text: `
    UPDATE mailboxes
       SET last_sequence = mailboxes.last_sequence + share.messages, messages = mailboxes.messages + share.messages,
           bytes = mailboxes.bytes + share.bytes
      FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS share (user_id, messages, bytes)
     WHERE mailboxes.user_id = share.user_id
    RETURNING mailboxes.user_id, mailboxes.last_sequence - share.messages AS last_sequence,
              mailboxes.messages - share.messages AS messages, mailboxes.bytes - share.bytes AS bytes`,
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
 * $14 messages, $15 conversations; $16 channel and $17 payloads of the notification
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
    )
    SELECT pg_notify($16, payload) FROM unnest($17::text[]) AS payload`,
};

/** Takes back what was reserved for refused messages. $1 user ids, $2 last sequences, $3 messages, $4 bytes */
export const CORRECT = {
  name: 'messages-correct',
  text: `
    UPDATE mailboxes SET last_sequence = held.last_sequence, messages = held.messages, bytes = held.bytes
      FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS held (user_id, last_sequence, messages, bytes)
     WHERE mailboxes.user_id = held.user_id`,
};

export const COMMIT = 'COMMIT';
