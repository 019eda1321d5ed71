/** What a stored message weighs: the same messages are sent to each stack, then its tables are weighed. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { query } from '../environment/database.mjs';
import { settle, tableBytes } from '../environment/history.mjs';
import { sealedSends, sends } from './sealpost-requests.mjs';
import { tutorialSends } from './tutorial-requests.mjs';

const PLAIN_TABLES = join(import.meta.dirname, '../peers/plain/tables.sql');
/** What is signed and padded of a short text: a kilobyte, and the list of recipients. */
const contentBytes = (recipients) => 1000 + 52 * recipients;

/**
 * Messages to one recipient.
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Promise<{ sealpost: number, tutorial: number }>} bytes for each message
 */
export async function measureDisk(stage, settings) {
  const { sealpost, tutorial, senders, databases } = stage;
  const senderIds = senders.map(({ userId }) => userId);
  const { diskMessages: count } = settings;
  const weigh = async (database, url, requests) =>
    (await growth(database, () => load(stage, settings, { url, requests, count }))) / count;
  return {
    sealpost: await weigh(databases.sealpost, sealpost.urls[0], sends(senders)),
    tutorial: await weigh(databases.tutorial, tutorial.keyObject.url, tutorialSends(senderIds, tutorial.token)),
  };
}

/**
 * Messages to 10 and to 100 recipients. They would be the first page of their mailboxes: pages are measured before.
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Promise<Record<string, number>>} bytes for each message: sealpost10, plain10, sealpost100, plain100
 */
export async function measureDiskOfMany(stage, settings) {
  const { sealpost, senders, people, databases } = stage;
  await query(databases.plain, await readFile(PLAIN_TABLES, 'utf8'));
  /** @type {Record<string, number>} */
  const bytes = {};
  for (const recipients of [10, 100]) {
    const count = Math.ceil(settings.diskMessages / (1.5 * recipients));
    const requests = sealedSends(senders, people, contentBytes(recipients), recipients);
    const job = { url: sealpost.urls[0], requests, count };
    const own = await growth(databases.sealpost, () => load(stage, settings, job));
    const plain = await growth(databases.plain, () => fillPlain(databases.plain, requests[0], recipients, count));
    bytes[`sealpost${recipients}`] = own / count;
    bytes[`plain${recipients}`] = plain / count;
  }
  return bytes;
}

function load({ load: generator, people }, { connections }, job) {
  const variables = { recipients: people.map(({ userId }) => userId), ciphertextBytes: 300 };
  return generator.closedLoop({ variables, connections, seconds: 0, warmUpSeconds: 0, expected: 201, ...job });
}

async function growth(database, fill) {
  await settle(database);
  const before = await tableBytes(database);
  await fill();
  await settle(database);
  return (await tableBytes(database)) - before;
}

/** Messages with ciphertexts as long as those of the request, to so many recipients. */
async function fillPlain(database, request, recipients, count) {
  const { ciphertext } = JSON.parse(request.body);
  const bytes = Math.floor((ciphertext.replace('{{envelopeHead}}', '-'.repeat(24)).length * 3) / 4);
  for (let stored = 0; stored < count; stored += 1) {
    await query(
      database,
      `WITH sent AS (
         INSERT INTO message (id, conversation_id, sender_id, created_at, ciphertext)
         VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), $1) RETURNING id, created_at
       )
       INSERT INTO delivery (recipient_id, created_at, message_id)
       SELECT gen_random_uuid(), created_at, id FROM sent CROSS JOIN generate_series(1, $2::int)`,
      [randomBytes(bytes), recipients],
    );
  }
}
