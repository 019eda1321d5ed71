/** The statements that take messages away, each prepared once per connection under its name. */

/**
 * Locks a message that has not expired, so that of two recipients who delete at once the second sees what the first did.
 * $1 message id, $2 now
 */
export const LOCK_MESSAGE = {
  name: 'messages-lock',
  text: `
    SELECT id, recipients, octet_length(ciphertext) AS bytes FROM messages
     WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2::timestamptz) FOR UPDATE`,
};

/** $1 now, $2 limit. Skips what another replica is sweeping. */
export const LOCK_DUE = {
  name: 'messages-lock-due',
  text: `
    SELECT id, recipients, octet_length(ciphertext) AS bytes FROM messages
     WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
};

/** $1 user ids, $2 sequences: pairs. */
export const DELETE_ENTRIES = {
  name: 'messages-delete-entries',
  text: `
    DELETE FROM mailbox_entries USING unnest($1::uuid[], $2::bigint[]) AS gone (user_id, sequence)
     WHERE mailbox_entries.user_id = gone.user_id AND mailbox_entries.sequence = gone.sequence
    RETURNING mailbox_entries.user_id, mailbox_entries.message_id`,
};

/** $1 user ids, $2 sequences: pairs. */
export const FIND_ENTRIES = {
  name: 'messages-find-entries',
  text: `
    SELECT entry.message_id
      FROM unnest($1::uuid[], $2::bigint[]) AS wanted (user_id, sequence)
      JOIN mailbox_entries AS entry ON entry.user_id = wanted.user_id AND entry.sequence = wanted.sequence`,
};

/** In the order in which deliveries lock, too. $1 user ids */
export const LOCK_MAILBOXES = {
  name: 'messages-lock-emptied-mailboxes',
  text: 'SELECT FROM mailboxes WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE',
};

/** $1 user ids, $2 how many messages and $3 how many bytes less. */
export const COUNT_OUT = {
  name: 'messages-count-out',
  text: `
    UPDATE mailboxes SET messages = mailboxes.messages - gone.messages, bytes = mailboxes.bytes - gone.bytes
      FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS gone (user_id, messages, bytes)
     WHERE mailboxes.user_id = gone.user_id`,
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
