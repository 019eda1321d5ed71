/** The statements of exports. */

/** $1 user. */
export const FIND_MAILBOX = {
  name: 'messages-export-mailbox',
  text: `
    SELECT last_sequence AS "lastSequence", acknowledged_up_to AS "acknowledgedUpTo", messages, bytes
      FROM mailboxes WHERE user_id = $1`,
};

/** $1 sender, $2 after which id, $3 how many messages are looked at. One row. */
export const WALK_SENT = {
  name: 'messages-export-walk',
  text: `
    SELECT count(*) AS walked, (array_agg(id ORDER BY id DESC))[1] AS last,
           array_agg(id ORDER BY id) FILTER (WHERE sender_id = $1) AS own
      FROM (SELECT id, sender_id FROM messages WHERE id > $2::uuid ORDER BY id LIMIT $3) AS part`,
};

/** $1 message ids, $2 after how many bytes the page ends. One message at least. */
export const FIND_SENT = {
  name: 'messages-export-sent',
  text: `
    WITH sized AS (
      SELECT id, sum(coalesce(octet_length(ciphertext), 0)) OVER (ORDER BY id)
                 - coalesce(octet_length(ciphertext), 0) AS before
        FROM messages WHERE id = ANY($1::uuid[])
    )
    SELECT message.id, message.sender_id AS "senderId", message.conversation_id AS "conversationId",
           message.sender_key_version AS "senderKeyVersion", message.suite, message.recipients, message.nonce,
           message.ciphertext, message.received_at AS "receivedAt", message.expires_at AS "expiresAt"
      FROM sized JOIN messages AS message ON message.id = sized.id
     WHERE sized.before < $2
     ORDER BY message.id`,
};
