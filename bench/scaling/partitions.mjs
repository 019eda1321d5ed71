/** One history in plain and in partitioned tables: what changes for deliveries, pages and look-ups. */
import { randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { INDEX_PLANS_ONLY, openPipelines, openPool } from '../../dist/core/database/connection-pool.js';
import { FIND_KNOWN } from '../../dist/modules/messages/delivery.sql.js';
import { FIND_ENTRY, FIND_PAGE } from '../../dist/modules/messages/mailbox.sql.js';
import { LOCK_DUE } from '../../dist/modules/messages/retention.sql.js';
import { query } from '../environment/database.mjs';
import { fillSealpost, settle } from '../environment/history.mjs';
import { numberedId } from '../environment/people.mjs';
import { compare } from './hot.mjs';
import { anybody, makeMailboxes, makeSchema } from './lanes.mjs';

const SCRIPT = join(import.meta.dirname, '../../scripts/partition-tables.sql');
const PEOPLE = 2000;
const READERS = 8;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const POOL = { size: READERS, connectTimeoutMs: 5000, log: SILENT };

/**
 * @param {import('../environment/database.mjs').BenchDatabase} postgres
 * @param {{ seconds: number, rounds: number, messages: number, partitions: number }} settings
 */
export async function measurePartitions(postgres, { messages, partitions, ...load }) {
  const plain = await postgres.create('plain');
  await makeSchema(plain);
  await makeMailboxes(plain, PEOPLE);
  const version = Number.parseInt(await postgres.version(), 10);
  await timed(`filling with ${messages}`, () =>
    fillSealpost(plain, messages / PEOPLE, { people: PEOPLE, senders: 100 }, version),
  );
  await timed('vacuum', () => settle(plain));
  const parted = await timed('copying', () => postgres.create('parted', plain));
  await timed(`converting to ${partitions} partitions`, () => convert(parted, partitions));
  await timed('vacuum of partitions', () => settle(parted));
  await showPlans(parted);
  for (let round = 0; round < load.rounds; round += 1) {
    for (const [name, address] of [
      ['plain', plain],
      ['partitioned', parted],
    ]) {
      const figures = {
        pages: await pages(openPool(connectionTo(address), POOL), load.seconds),
        'pages, planned each time': await pages(openCustom(address), load.seconds),
        known: await lookUps(address, load.seconds),
      };
      console.log(JSON.stringify({ name, ...figures }));
    }
  }
  const cases = [32, 1].flatMap((group) => [
    { name: `plain, groups of ${group}`, address: plain, group, recipients: anybody(PEOPLE) },
    { name: `partitioned, groups of ${group}`, address: parted, group, recipients: anybody(PEOPLE) },
  ]);
  await compare(plain, cases, load);
}

async function convert(address, partitions) {
  const client = new pg.Client({ connectionString: address, options: `-c sealpost.partitions=${partitions}` });
  await client.connect();
  await client.query(await readFile(SCRIPT, 'utf8'));
  await client.end();
}

async function timed(what, work) {
  const begun = performance.now();
  const result = await work();
  console.log(JSON.stringify({ what, seconds: Math.round((performance.now() - begun) / 100) / 10 }));
  return result;
}

const connectionTo = (address) => ({ connectionString: address });

function openCustom(address) {
  return new pg.Pool({ ...connectionTo(address), max: READERS, options: '-c plan_cache_mode=force_custom_plan' });
}

/** Pages of 50 from anywhere in the history, eight readers at once. */
async function pages(pool, seconds) {
  return repeat(pool, seconds, (client) => {
    const [reader] = anybody(PEOPLE)();
    const after = randomInt(200);
    return client.query({ ...FIND_PAGE, values: [reader, new Date().toISOString(), after, 50, 16_384] });
  });
}

/** What each group asks first, for 32 new messages. */
async function lookUps(address, seconds) {
  return repeat(openPipelines(connectionTo(address), { ...POOL, size: 2 }), seconds, (client) => {
    const ids = Array.from({ length: 32 }, () => randomUUID());
    return client.query({ ...FIND_KNOWN, values: [Array.from({ length: 32 }, () => anybody(PEOPLE)()[0]), ids] });
  });
}

async function repeat(pool, seconds, ask) {
  const begun = performance.now();
  let count = 0;
  const lane = async () => {
    const client = await pool.connect();
    for (; performance.now() - begun < seconds * 1000; count += 1) await ask(client);
    client.release();
  };
  await Promise.all(Array.from({ length: pool.options.max }, lane));
  await pool.end();
  return Math.round(count / ((performance.now() - begun) / 1000));
}

async function showPlans(address) {
  const now = `'2026-11-01'`;
  const uuids = (count) =>
    `ARRAY[${Array.from({ length: count }, (_, n) => `'${numberedId(n + 1)}'`).join(',')}]::uuid[]`;
  const [entry] = await query(address, 'SELECT user_id, sequence, message_id FROM mailbox_entries LIMIT 1');
  /** @type {[string, { text: string }, string][]} */
  const statements = [
    ['page', FIND_PAGE, `'${numberedId(1)}', ${now}, 100, 50, 16384`],
    ['entry', FIND_ENTRY, `'${entry.user_id}', ${now}, ${entry.sequence}, '${entry.message_id}'`],
    ['known', FIND_KNOWN, `${uuids(3)}, ${uuids(3)}`],
    ['due', LOCK_DUE, `now(), '-infinity', ARRAY[]::uuid[], 500`],
  ];
  for (const [name, { text }, values] of statements) {
    const client = new pg.Client({ ...connectionTo(address), options: INDEX_PLANS_ONLY });
    await client.connect();
    await client.query(`PREPARE it AS ${text}`);
    const explain = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF)';
    const { rows } = await client.query(`${explain} EXECUTE it (${values})`);
    console.log(`--- ${name}\n${shortened(rows.map((row) => row['QUERY PLAN']))}`);
    await client.end();
  }
}

/** The first three lines of each sort, of the partitions. */
function shortened(lines) {
  const seen = new Map();
  return lines
    .filter((line) => {
      const kind = /_p\d+/.test(line) ? line.replace(/\d+/g, '') : '';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      return kind === '' || (seen.get(kind) ?? 0) <= 3;
    })
    .join('\n');
}
