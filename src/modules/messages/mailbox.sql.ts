/** The statements of reading a mailbox, each prepared once per connection under its name. */

/** Null where the keys that the sender used are still the newest, as nearly always. */
const NEWER_SENDER_KEYS =
  'SELECT version FROM key_heads WHERE user_id = message.sender_id AND version > message.sender_key_version';

/**
 * Of an entry, in the order in which `readEntry` reads them. `key_heads` belongs to the keys module; it is read here so
 * that an entry and what it says of its sender's keys are of one snapshot: whoever reads after a rotation is told of it.
 */
function entryColumns(body: string): string {
  return `
        entry.sequence, message.id, message.conversation_id, message.suite, message.sender_id,
        message.sender_key_version, (${NEWER_SENDER_KEYS}) AS newest_sender_keys,
        message.recipients, message.nonce, message.received_at, message.expires_at,
        coalesce(octet_length(message.ciphertext), 0) AS bytes, ${body} AS ciphertext`;
}

/** For `RecordReader`. */
const PACKED = "encode(string_agg(record_send(entry), ''::bytea ORDER BY entry.sequence), 'base64')";

const UNEXPIRED = '(message.expires_at IS NULL OR message.expires_at > $2::timestamptz)';

/**
 * $1 user, $2 now, $3 after, $4 limit, $5 bytes up to which a body comes along, and $6 conversation where there is one.
 * One row: the newest and the acknowledged position, and the entries, packed, or null where there are none. One entry
 * more than the limit tells whether there is more.
 */
function pageText(conversation: boolean): string {
  const body = 'CASE WHEN octet_length(message.ciphertext) <= $5::int THEN message.ciphertext END';
  return `
    SELECT mailbox.last_sequence AS "lastSequence", mailbox.acknowledged_up_to AS "acknowledgedUpTo", (
      SELECT ${PACKED} FROM (
        SELECT ${entryColumns(body)}
          FROM mailbox_entries AS entry
          JOIN messages AS message ON message.id = entry.message_id
         WHERE entry.user_id = $1 AND entry.sequence > $3::bigint ${conversation ? 'AND entry.conversation_id = $6::uuid' : ''}
           AND ${UNEXPIRED}
         ORDER BY entry.sequence LIMIT $4::bigint + 1
      ) AS entry) AS entries
      FROM mailboxes AS mailbox
     WHERE mailbox.user_id = $1`;
}

export const FIND_PAGE = { name: 'messages-page', text: pageText(false) };
export const FIND_CONVERSATION_PAGE = { name: 'messages-conversation-page', text: pageText(true) };

/** $1 user, $2 now, $3 sequences of the mailbox. Who has written what lies there. */
export const FIND_SENDERS = {
  name: 'messages-senders',
  text: `
    SELECT DISTINCT message.sender_id AS "senderId"
      FROM mailbox_entries AS entry
      JOIN messages AS message ON message.id = entry.message_id
     WHERE entry.user_id = $1 AND entry.sequence = ANY($3::bigint[]) AND ${UNEXPIRED}`,
};

/** $1 message ids. The bodies that did not come along with their page. */
export const FIND_BODIES = {
  name: 'messages-bodies',
  text: 'SELECT id, ciphertext FROM messages WHERE id = ANY($1::uuid[]) AND ciphertext IS NOT NULL',
};

/** $1 message id. Where the message is in the mailboxes of its recipients. */
export const FIND_RECIPIENTS = {
  name: 'messages-recipients',
  text: 'SELECT recipients FROM messages WHERE id = $1',
};

/**
 * $1 user, $2 now, $3 sequence, $4 message id. One row, packed, or null where there is no such
 * entry. Those of an erased mailbox are there until they are swept.
 */
export const FIND_ENTRY = {
  name: 'messages-entry',
  text: `
    SELECT ${PACKED} AS entries FROM (
      SELECT ${entryColumns('message.ciphertext')}
        FROM mailbox_entries AS entry
        JOIN messages AS message ON message.id = entry.message_id
       WHERE entry.user_id = $1 AND entry.sequence = $3::bigint AND entry.message_id = $4 AND ${UNEXPIRED}
         AND EXISTS (SELECT FROM mailboxes WHERE user_id = $1)
    ) AS entry`,
};

/**
 * $1 user, $2 position, $3 when what is acknowledged by now may be deleted, or null for never. A due time that the
 * sweeper has already stays. No row where the mailbox has not got that far.
 */
export const ACKNOWLEDGE = {
  name: 'messages-acknowledge',
  text: `
    UPDATE mailboxes
       SET acknowledged_up_to = GREATEST(acknowledged_up_to, $2::bigint),
           sweep_to = CASE WHEN sweep_at IS NULL AND $3::timestamptz IS NOT NULL
                           THEN NULLIF(GREATEST(acknowledged_up_to, $2::bigint), swept_up_to) ELSE sweep_to END,
           sweep_at = CASE WHEN sweep_at IS NULL AND GREATEST(acknowledged_up_to, $2::bigint) > swept_up_to
                           THEN $3::timestamptz ELSE sweep_at END
     WHERE user_id = $1 AND last_sequence >= $2::bigint
    RETURNING acknowledged_up_to AS "acknowledgedUpTo"`,
};

/** $1 user ids. */
export const FIND_LAST_SEQUENCES = {
  name: 'messages-last-sequences',
  text: 'SELECT user_id AS "userId", last_sequence AS "lastSequence" FROM mailboxes WHERE user_id = ANY($1::uuid[])',
};

/** $1 user, $2 now. Its entries go by and by. */
export const ERASE = {
  name: 'messages-erase-mailbox',
  text: `
    WITH gone AS (DELETE FROM mailboxes WHERE user_id = $1::uuid RETURNING user_id)
    INSERT INTO erased_mailboxes (user_id, erased_at) SELECT user_id, $2::timestamptz FROM gone`,
};
