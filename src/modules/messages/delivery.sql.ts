/**
 * The statements of a delivery, each prepared once per connection under its name: one that stores a group of which all is
 * as expected, and those that look first. These are sent in two round trips: BEGIN to FIND_KNOWN, and after the decision the
 * others.
 */

/**
 * Everything in one statement, or nothing. Where `guard` does not hold, nobody is numbered, and so nothing is stored. A
 * mailbox that another transaction fills between that look and the lock is left out of `numbered`; the statement can take
 * back what it has done to the others only by failing, which is what the division does.
 *
 * Entries come sorted by mailbox, those of a mailbox in the order of the group, so that a mailbox knows its own by where
 * they begin and how many they are; subscripts instead of a join, which would compare each with each.
 *
 * Of each party: $1 users, $2 hashes of newest keys; of each mailbox: $3 users, sorted, $4 messages, $5 bytes, $6 where
 * its entries begin; $7 and $8 the most messages and bytes of a mailbox; of each entry: $9 message (by number from 1),
 * $10 place among the message's recipients, $11 key version; $12 received at; of each message: $13 ids, $14 senders,
 * $15 conversations, $16 senders' key versions, $17 suites, $18 content hashes, $19 nonces, $20 ciphertexts, $21 expiries;
 * $22 and $23 users and senders, pairs: who has blocked whom is decided in two round trips. `blocks` belongs to the blocks module;
 * it is read here for the sake of one round trip, an index probe for each entry.
 */
export const STORE_EXPECTED = {
  name: 'messages-store-expected',
  text: `
    WITH guard AS MATERIALIZED (
      SELECT (SELECT count(*) FROM unnest($1::uuid[], $2::bytea[]) AS party (user_id, keys_hash)
                JOIN key_heads ON key_heads.user_id = party.user_id AND key_heads.keys_hash = party.keys_hash)
             = cardinality($1::uuid[])
         AND (SELECT count(*) FROM unnest($3::uuid[], $4::int[], $5::bigint[]) AS share (user_id, messages, bytes)
                JOIN mailboxes ON mailboxes.user_id = share.user_id
               WHERE mailboxes.messages + share.messages <= $7::bigint AND mailboxes.bytes + share.bytes <= $8::bigint)
             = cardinality($3::uuid[])
         AND NOT EXISTS (SELECT FROM unnest($22::uuid[], $23::uuid[]) AS pair (user_id, sender_id)
                           CROSS JOIN LATERAL (SELECT blocks.user_id, blocks.blocked_user_id FROM blocks
                            WHERE blocks.user_id = pair.user_id AND blocks.blocked_user_id = pair.sender_id LIMIT 1) AS blocks) AS holds
    ), numbered AS (
      UPDATE mailboxes
         SET last_sequence = mailboxes.last_sequence + share.messages, messages = mailboxes.messages + share.messages,
             bytes = mailboxes.bytes + share.bytes
        FROM unnest($3::uuid[], $4::int[], $5::bigint[], $6::int[]) AS share (user_id, messages, bytes, first)
       WHERE mailboxes.user_id = share.user_id AND (SELECT holds FROM guard)
         AND mailboxes.messages + share.messages <= $7::bigint AND mailboxes.bytes + share.bytes <= $8::bigint
      RETURNING mailboxes.user_id, mailboxes.last_sequence - share.messages AS held, share.messages, share.first
    ), entry AS MATERIALIZED (
      SELECT user_id, held + step AS sequence, ($9::int[])[first + step] AS message, ($10::int[])[first + step] AS place,
             ($11::int[])[first + step] AS key_version
        FROM numbered CROSS JOIN LATERAL generate_series(1, messages) AS step
    ), entered AS (
      INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
      SELECT user_id, sequence, ($13::uuid[])[message], ($15::uuid[])[message] FROM entry
    ), stored AS (
      INSERT INTO messages (received_at, expires_at, sweep_at, id, sender_id, conversation_id, sender_key_version, suite,
                            recipients, content_hash, nonce, ciphertext)
      SELECT $12::timestamptz, ($21::timestamptz[])[message], ($21::timestamptz[])[message], ($13::uuid[])[message],
             ($14::uuid[])[message], ($15::uuid[])[message], ($16::int[])[message], ($17::smallint[])[message],
             string_agg(uuid_send(user_id) || int4send(key_version) || int8send(sequence), ''::bytea ORDER BY place),
             ($18::bytea[])[message], ($19::bytea[])[message], ($20::bytea[])[message]
        FROM entry GROUP BY message
    )
    SELECT string_agg(held::text, ',' ORDER BY first) AS held,
           CASE WHEN (SELECT holds FROM guard) THEN 1 / (count(*) = cardinality($3::uuid[]))::int END AS complete
      FROM numbered`,
};

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
 * `key_heads` belongs to the keys module and `blocks` to the blocks module; they are read here for the sake of one round
 * trip. $1 user ids, $2 message ids, $3 users and $4 senders: pairs, of which those come back where the one has blocked the
 * other
 */
export const FIND_KNOWN = {
  name: 'messages-find-known',
  text: `
    SELECT user_id, version, keys_hash, created_at, NULL::uuid AS id, NULL::uuid AS sender_id, NULL::bytea AS content_hash,
           NULL::bytea AS recipients, NULL::timestamptz AS received_at, NULL::timestamptz AS expires_at
      FROM key_heads WHERE user_id = ANY($1::uuid[])
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, id, sender_id, content_hash, recipients, received_at, expires_at
      FROM messages WHERE id = ANY($2::uuid[])
    UNION ALL
    SELECT pair.user_id, NULL, NULL, NULL, NULL, pair.sender_id, NULL, NULL, NULL, NULL
      FROM unnest($3::uuid[], $4::uuid[]) AS pair (user_id, sender_id)
      CROSS JOIN LATERAL (SELECT blocks.user_id, blocks.blocked_user_id FROM blocks
                            WHERE blocks.user_id = pair.user_id AND blocks.blocked_user_id = pair.sender_id LIMIT 1) AS blocks`,
};

/**
 * $1 received at; of each message: $2 ids, $3 senders, $4 conversations, $5 senders' key versions, $6 suites,
 * $7 recipients, $8 content hashes, $9 nonces, $10 ciphertexts, $11 expiries; of each entry: $12 users, $13 sequences,
 * $14 messages, $15 conversations
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
    )
    INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
    SELECT * FROM unnest($12::uuid[], $13::bigint[], $14::uuid[], $15::uuid[])`,
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
