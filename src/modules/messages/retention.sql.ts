import { REPEAT_WINDOW_MS } from './message.js';

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

/**
 * $1 now, $2 from, $3 except, $4 limit. Skips what another replica is sweeping. The lower bound spares each batch of a
 * sweep the dead index entries that the earlier ones left.
 */
export const LOCK_DUE = {
  name: 'messages-lock-due',
  text: `
    SELECT id, recipients, octet_length(ciphertext) AS bytes, sweep_at AS "dueAt" FROM messages
     WHERE sweep_at <= $1::timestamptz AND sweep_at >= $2::timestamptz AND id <> ALL($3::uuid[])
     ORDER BY sweep_at LIMIT $4 FOR UPDATE SKIP LOCKED`,
};

/** $1 now, $2 except, $3 limit. Without a lock: deliveries to these mailboxes go on. */
export const FIND_DUE_MAILBOXES = {
  name: 'messages-due-mailboxes',
  text: `
    SELECT user_id AS "userId", swept_up_to AS "sweptUpTo", sweep_to AS "sweepTo" FROM mailboxes
     WHERE sweep_at <= $1::timestamptz AND user_id <> ALL($2::uuid[]) ORDER BY sweep_at LIMIT $3`,
};

/** $1 user ids, $2 after which and $3 up to which sequence, $4 how many entries of each. In their order. */
export const FIND_ACKNOWLEDGED = {
  name: 'messages-find-acknowledged',
  text: `
    SELECT entry.user_id AS "userId", entry.sequence, entry.message_id AS "messageId"
      FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS due (user_id, swept_up_to, sweep_to)
     CROSS JOIN LATERAL (
       SELECT user_id, sequence, message_id FROM mailbox_entries
        WHERE user_id = due.user_id AND sequence > due.swept_up_to AND sequence <= due.sweep_to
        ORDER BY sequence LIMIT $4
     ) AS entry`,
};

/** $1 now, $2 except. The lock is for replicas, which share the work; nobody waits for it. */
export const LOCK_ERASED_MAILBOX = {
  name: 'messages-lock-erased-mailbox',
  text: `
    SELECT user_id AS "userId", swept_up_to AS "sweptUpTo" FROM erased_mailboxes
     WHERE erased_at <= $1::timestamptz AND user_id <> ALL($2::uuid[]) ORDER BY erased_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
};

/** $1 user, $2 up to which sequence there are no entries any more. */
export const ADVANCE_ERASED = {
  name: 'messages-advance-erased',
  text: 'UPDATE erased_mailboxes SET swept_up_to = $2::bigint WHERE user_id = $1',
};

/** $1 user. */
export const FORGET_ERASED = {
  name: 'messages-forget-erased',
  text: 'DELETE FROM erased_mailboxes WHERE user_id = $1',
};

/** $1 message ids. Skips what others are deleting or sweeping. */
export const LOCK_MESSAGES = {
  name: 'messages-lock-several',
  text: `
    SELECT id, recipients, octet_length(ciphertext) AS bytes FROM messages
     WHERE id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED`,
};

/** $1 user ids, $2 sequences: pairs. */
export const DELETE_ENTRIES = {
  name: 'messages-delete-entries',
  text: `
    DELETE FROM mailbox_entries USING unnest($1::uuid[], $2::bigint[]) AS gone (user_id, sequence)
     WHERE mailbox_entries.user_id = gone.user_id AND mailbox_entries.sequence = gone.sequence
    RETURNING mailbox_entries.user_id AS "userId", mailbox_entries.message_id AS "messageId"`,
};

/** $1 user ids, $2 sequences: pairs. */
export const FIND_ENTRIES = {
  name: 'messages-find-entries',
  text: `
    SELECT entry.message_id AS "messageId"
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

/**
 * $1 user ids, $2 how far their acknowledged entries are gone, $3 the next due time of those where more was
 * acknowledged in the meantime. Another replica may have been faster: nothing goes back.
 */
export const ADVANCE = {
  name: 'messages-advance',
  text: `
    UPDATE mailboxes
       SET swept_up_to = done.up_to,
           sweep_to = CASE WHEN done.up_to < sweep_to THEN sweep_to ELSE NULLIF(acknowledged_up_to, done.up_to) END,
           sweep_at = CASE WHEN done.up_to < sweep_to THEN sweep_at
                           WHEN done.up_to < acknowledged_up_to THEN $3::timestamptz END
      FROM unnest($1::uuid[], $2::bigint[]) AS done (user_id, up_to)
     WHERE mailboxes.user_id = done.user_id AND mailboxes.swept_up_to <= done.up_to AND mailboxes.sweep_to >= done.up_to`,
};

/** How long repetitions are answered, as PostgreSQL reads it. */
export const REPEAT_WINDOW = `${REPEAT_WINDOW_MS / 1000} seconds`;

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

/** $1 after, $2 limit, $3 the due time. Answers with the last id, where the limit was reached. */
export const SCHEDULE_SWEEPS = {
  name: 'messages-schedule-sweeps',
  text: `
    WITH part AS MATERIALIZED (
      SELECT user_id FROM mailboxes WHERE user_id > $1::uuid ORDER BY user_id LIMIT $2
    ), scheduled AS (
      UPDATE mailboxes SET sweep_to = acknowledged_up_to, sweep_at = $3::timestamptz
        FROM part
       WHERE mailboxes.user_id = part.user_id AND sweep_at IS NULL AND acknowledged_up_to > swept_up_to
    )
    SELECT user_id AS "userId" FROM part OFFSET $2::bigint - 1`,
};
