/** Fills mailboxes by SQL, with rows as Sealpost and the tutorial stack would have written them. */
import { query } from './database.mjs';

const ROWS_AT_ONCE = 100_000;

/** A ciphertext of 300 bytes that does not repeat itself from row to row. */
const BODY = `substring(decode(repeat(md5(n::text), 19), 'hex') FROM 1 FOR 300)`;
const NUMBERED_ID = (number) => `('01900000-0000-7000-8000-' || lpad((${number})::text, 12, '0'))`;
const CONVERSATION = `('00000000-0000-4000-8000-' || lpad(sender::text, 6, '0') || lpad(recipient::text, 6, '0'))`;

/** Message n is the next one of its recipient, so a mailbox lies scattered over the table, as after months of use. */
const ROWS = (first) => `
  SELECT n, n % $3::int + ${first} AS recipient, (n / $3::int) % $4::int + 1 AS sender FROM generate_series($1::int, $2::int) AS n`;

const SEALPOST = (newId, first) => `
  WITH rows AS MATERIALIZED (
    SELECT n, ${newId} AS id, ${NUMBERED_ID('recipient')}::uuid AS user_id, ${NUMBERED_ID('sender')}::uuid AS sender_id,
           ${CONVERSATION}::uuid AS conversation_id, n / $3::int + 1 AS position
      FROM (${ROWS(first)}) AS numbered
  ), placed AS MATERIALIZED (
    SELECT rows.*, last_sequence + position AS sequence FROM rows JOIN mailboxes USING (user_id)
  ), entered AS (
    INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
    SELECT user_id, sequence, id, conversation_id FROM placed
  )
  INSERT INTO messages (received_at, id, sender_id, conversation_id, sender_key_version, suite, recipients, content_hash,
                        nonce, ciphertext)
  SELECT now(), id, sender_id, conversation_id, 1, 2, uuid_send(user_id) || int4send(1) || int8send(sequence),
         decode(md5(n::text), 'hex'), substring(decode(repeat(md5(n::text), 2), 'hex') FROM 1 FOR 24), ${BODY}
    FROM placed`;

/**
 * @param {string} address
 * @param {number} perMailbox messages that each mailbox gets
 * @param {{ people: number, senders: number }} counts
 * @param {number} serverVersion
 * @param {number} [first] the number of the first of these people
 */
export async function fillSealpost(address, perMailbox, { people, senders }, serverVersion, first = 1) {
  const statement = SEALPOST(serverVersion >= 18 ? 'uuidv7()' : 'gen_random_uuid()', first);
  await inParts(perMailbox * people, (from, to) => query(address, statement, [from, to, people, senders]));
  await query(
    address,
    `UPDATE mailboxes SET last_sequence = last_sequence + $1::bigint, messages = messages + $1::bigint,
                          bytes = bytes + 300 * $1::bigint
      WHERE user_id BETWEEN ${NUMBERED_ID('$2::int')}::uuid AND ${NUMBERED_ID('$3::int')}::uuid`,
    [perMailbox, first, first + people - 1],
  );
}

/** Fills the tables of the tutorial stack. */
export async function fillTutorial(address, perMailbox, { people, senders }) {
  const statement = `
    INSERT INTO "Message" (id, "conversationId", "senderId", "recipientId", "senderKeyVersion", "recipientKeyVersion",
                           ciphertext, nonce, "createdAt")
    SELECT gen_random_uuid()::text, ${CONVERSATION}, ${NUMBERED_ID('sender')}, ${NUMBERED_ID('recipient')}, 1, 1,
           encode(${BODY}, 'base64'), encode(substring(${BODY} FROM 1 FOR 24), 'base64'),
           now() - make_interval(secs => 1000000 - n / 100.0)
      FROM (${ROWS(1)}) AS numbered`;
  await inParts(perMailbox * people, (from, to) => query(address, statement, [from, to, people, senders]));
}

async function inParts(rows, insert) {
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) await insert(from, Math.min(rows, from + ROWS_AT_ONCE) - 1);
}

/** What autovacuum would have done by then, and no checkpoint that is due because of the filling. */
export async function settle(address) {
  await query(address, 'VACUUM ANALYZE');
  // Not everybody may do this.
  await query(address, 'CHECKPOINT').catch(() => undefined);
}

/** Bytes of all tables of the database with their indexes and TOAST. */
export async function tableBytes(address) {
  const [row] = await query(
    address,
    `SELECT sum(pg_total_relation_size(oid))::text AS bytes FROM pg_class
      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  return Number(row.bytes);
}
