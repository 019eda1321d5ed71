/**
 * The hot statements of delivery, each prepared once per connection under its name.
 * They are kept together so that a reviewer sees every access path at a glance.
 */

/** $1 message id, $2 user ids: the sender and all recipients. One row per user found, and one for the message. */
export const FIND_DELIVERY_CONTEXT = {
  name: 'messages-delivery-context',
  text: `
    SELECT user_id, version, keys_hash, NULL::uuid AS sender_id, NULL::bytea AS content_hash, NULL::uuid[] AS recipient_ids,
           NULL::bigint[] AS sequences, NULL::timestamptz AS received_at, NULL::timestamptz AS expires_at
      FROM key_heads WHERE user_id = ANY($2::uuid[])
    UNION ALL
    SELECT NULL, NULL, NULL, sender_id, content_hash, recipient_ids, sequences, received_at, expires_at
      FROM messages WHERE id = $1`,
};

/**
 * One statement, hence one transaction and one round trip. The mailboxes are locked in the order of their ids, so that
 * two messages to the same people cannot wait for each other, and stay locked until the commit, so that sequences become
 * visible in their order. The primary key of messages refuses a second message of the same id, and
 * with it the numbers; so does a recipient without a mailbox, by the entries' reference to a message that was not stored.
 * $1 id, $2 sender, $3 sender's key version, $4 conversation, $5 suite, $6 recipients, $7 their key versions,
 * $8 content hash, $9 ciphertext, $10 nonce, $11 received at, $12 expires at
 */
export const DELIVER = {
  name: 'messages-deliver',
  text: `
    WITH locked AS MATERIALIZED (
      SELECT user_id FROM mailboxes WHERE user_id = ANY($6::uuid[]) ORDER BY user_id FOR NO KEY UPDATE
    ), numbered AS (
      UPDATE mailboxes SET last_sequence = mailboxes.last_sequence + 1
        FROM locked WHERE mailboxes.user_id = locked.user_id
      RETURNING mailboxes.user_id, mailboxes.last_sequence
    ), stored AS (
      INSERT INTO messages (id, sender_id, sender_key_version, conversation_id, suite, recipient_ids, key_versions,
                            sequences, content_hash, ciphertext, nonce, received_at, expires_at, sweep_at)
      SELECT $1::uuid, $2::uuid, $3::int, $4::uuid, $5::smallint, $6::uuid[], $7::int[],
             array_agg(numbered.last_sequence ORDER BY recipient.position),
             $8::bytea, $9::bytea, $10::bytea, $11::timestamptz, $12::timestamptz, $12::timestamptz
        FROM unnest($6::uuid[]) WITH ORDINALITY AS recipient (user_id, position)
        JOIN numbered USING (user_id)
      HAVING count(*) = cardinality($6::uuid[])
      RETURNING sequences
    ), entered AS (
      INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
      SELECT user_id, last_sequence, $1::uuid, $4::uuid FROM numbered
    )
    SELECT sequences FROM stored`,
};

const ENTRY_COLUMNS = `
  entry.sequence, message.id, message.conversation_id, message.suite, message.sender_id, message.sender_key_version,
  message.recipient_ids, message.key_versions, message.ciphertext, message.nonce, message.received_at, message.expires_at`;

const UNEXPIRED = '(message.expires_at IS NULL OR message.expires_at > $2::timestamptz)';

/**
 * $1 user, $2 now, $3 after, $4 limit, $5 bytes, and $6 conversation where there is one. Always at least one row, which
 * carries the newest and the acknowledged position; its sequence is null where the page is empty. Bytes are counted before bodies are read.
 */
function pageText(conversation: boolean): string {
  return `
    SELECT mailbox.last_sequence, mailbox.acknowledged_up_to, page.*
      FROM mailboxes AS mailbox
      LEFT JOIN LATERAL (
        SELECT * FROM (
          SELECT candidate.*,
                 sum(candidate.bytes) OVER (ORDER BY candidate.sequence) - candidate.bytes AS bytes_before,
                 count(*) OVER () AS candidates
            FROM (
              SELECT ${ENTRY_COLUMNS}, octet_length(message.ciphertext) AS bytes
                FROM mailbox_entries AS entry
                JOIN messages AS message ON message.id = entry.message_id
               WHERE entry.user_id = $1 AND entry.sequence > $3::bigint ${conversation ? 'AND entry.conversation_id = $6::uuid' : ''}
                 AND ${UNEXPIRED}
               ORDER BY entry.sequence LIMIT $4::bigint + 1
            ) AS candidate
        ) AS sized WHERE sized.bytes_before < $5::bigint ORDER BY sized.sequence LIMIT $4::bigint
      ) AS page ON true
     WHERE mailbox.user_id = $1
     ORDER BY page.sequence`;
}

export const FIND_PAGE = { name: 'messages-page', text: pageText(false) };
export const FIND_CONVERSATION_PAGE = { name: 'messages-conversation-page', text: pageText(true) };

/** $1 user, $2 now, $3 message id. */
export const FIND_ENTRY = {
  name: 'messages-entry',
  text: `
    SELECT ${ENTRY_COLUMNS}
      FROM mailbox_entries AS entry
      JOIN messages AS message ON message.id = entry.message_id
     WHERE entry.message_id = $3 AND entry.user_id = $1 AND ${UNEXPIRED}`,
};

/** $1 user, $2 position. No row where the mailbox has not got that far. */
export const ACKNOWLEDGE = {
  name: 'messages-acknowledge',
  text: `
    UPDATE mailboxes SET acknowledged_up_to = GREATEST(acknowledged_up_to, $2::bigint)
     WHERE user_id = $1 AND last_sequence >= $2::bigint
    RETURNING acknowledged_up_to`,
};

/** $1 user ids. */
export const FIND_LAST_SEQUENCES = {
  name: 'messages-last-sequences',
  text: 'SELECT user_id, last_sequence FROM mailboxes WHERE user_id = ANY($1::uuid[])',
};

/** $1 user, $2 message id, $3 now. Locks the message, so that of two recipients who delete at once the second sees the first. */
export const LOCK_OWN_MESSAGE = {
  name: 'messages-lock-own',
  text: `
    SELECT id FROM messages
     WHERE id = $2 AND (expires_at IS NULL OR expires_at > $3::timestamptz)
       AND EXISTS (SELECT FROM mailbox_entries WHERE message_id = $2 AND user_id = $1)
     FOR UPDATE`,
};

/** $1 user, $2 message id. */
export const DELETE_ENTRY = {
  name: 'messages-delete-entry',
  text: 'DELETE FROM mailbox_entries WHERE message_id = $2 AND user_id = $1',
};

/** $1 message id, $2 now, $3 how long repetitions are answered. Leaves bodies that somebody still has in a mailbox. */
export const DROP_BODY = {
  name: 'messages-drop-body',
  text: `
    UPDATE messages SET ciphertext = NULL, nonce = NULL, sweep_at = GREATEST($2::timestamptz, received_at + $3::interval)
     WHERE id = $1 AND NOT EXISTS (SELECT FROM mailbox_entries WHERE message_id = $1)`,
};

/** $1 now, $2 limit. Skips what another replica is sweeping. */
export const LOCK_DUE = {
  name: 'messages-lock-due',
  text: `
    SELECT id, ciphertext IS NULL AS empty FROM messages
     WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
};

/** $1 message ids. */
export const DELETE_ENTRIES = {
  name: 'messages-delete-entries',
  text: 'DELETE FROM mailbox_entries WHERE message_id = ANY($1::uuid[])',
};

/** $1 message ids, $2 now, $3 how long repetitions are answered. */
export const DROP_BODIES = {
  name: 'messages-drop-bodies',
  text: `
    UPDATE messages SET ciphertext = NULL, nonce = NULL, sweep_at = GREATEST($2::timestamptz, received_at + $3::interval)
     WHERE id = ANY($1::uuid[])`,
};

/** $1 message ids. */
export const FORGET = {
  name: 'messages-forget',
  text: 'DELETE FROM messages WHERE id = ANY($1::uuid[])',
};
