/** What a stored message weighs: bytes in tables and indexes, bytes of WAL, and what its delivery does to mailboxes' rows. */
import { query } from '../environment/database.mjs';
import { anybody, deliver, makeMailboxes, makeSchema } from './lanes.mjs';

const PEOPLE = 1000;
/** Ciphertexts of sealpost-v1 as a text of 100 characters gives them. */
const SHAPES = [
  { shape: 'box, 300 bytes, 1 recipient', bytes: 300, recipients: 1, messages: 30_000, groups: [32, 1] },
  { shape: 'sealpost-v1, 1 recipient', bytes: 1_780, recipients: 1, messages: 20_000, groups: [32, 1] },
  { shape: 'sealpost-v1, 3 recipients', bytes: 4_250, recipients: 3, messages: 10_000, groups: [32] },
  { shape: 'sealpost-v1, 10 recipients', bytes: 12_950, recipients: 10, messages: 3_200, groups: [32] },
  { shape: 'sealpost-v1, 100 recipients', bytes: 125_000, recipients: 100, messages: 400, groups: [8] },
];

const SIZES = `
  SELECT sum(pg_relation_size(oid)) FILTER (WHERE relname = 'messages')::float8 AS messages,
         sum(pg_total_relation_size(reltoastrelid)) FILTER (WHERE relname = 'messages')::float8 AS toast,
         sum(pg_indexes_size(oid)) FILTER (WHERE relname = 'messages')::float8 AS "messages' indexes",
         sum(pg_relation_size(oid)) FILTER (WHERE relname = 'mailbox_entries')::float8 AS entries,
         sum(pg_indexes_size(oid)) FILTER (WHERE relname = 'mailbox_entries')::float8 AS "entries' indexes",
         sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'mailboxes')::float8 AS mailboxes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;

const UPDATES = `
  SELECT n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS hot FROM pg_stat_user_tables WHERE relname = 'mailboxes'`;

/** @param {import('../environment/database.mjs').BenchDatabase} postgres */
export async function weigh(postgres) {
  for (const [index, { groups, ...shape }] of SHAPES.entries()) {
    for (const group of groups) {
      const address = await postgres.create(`weight_${index}_${group}`);
      await makeSchema(address);
      console.log(JSON.stringify({ ...(await weighOne(address, shape, group)), group }));
    }
  }
}

async function weighOne(address, { shape, bytes, recipients, messages }, group) {
  await makeMailboxes(address, PEOPLE);
  const load = { group, bytes, recipients: anybody(PEOPLE, recipients) };
  // A first lap, so that pages are there; then a checkpoint, after which each page is logged as a whole once.
  await deliver(address, { ...load, messages: messages / 5 });
  await query(address, 'CHECKPOINT');
  const before = { ...(await one(address, SIZES)), ...(await walAt(address)) };
  const { rate } = await deliver(address, { ...load, messages });
  const after = { ...(await one(address, SIZES)), ...(await walAt(address)) };
  const each = Object.fromEntries(Object.keys(after).map((key) => [key, round((after[key] - before[key]) / messages)]));
  await query(address, 'SELECT pg_stat_force_next_flush()');
  const { updates, hot } = await one(address, UPDATES);
  return { shape, rate: round(rate), ...each, 'HOT of updates': round((100 * hot) / updates) };
}

const WAL = `SELECT wal_bytes::float8 AS wal, wal_fpi::float8 AS "pages logged whole" FROM pg_stat_wal`;

/** Backends report what they wrote within a second, or when they end. */
async function walAt(address) {
  await query(address, 'SELECT pg_stat_force_next_flush()');
  return one(address, WAL);
}

async function one(address, sql) {
  const [row] = await query(address, sql);
  return row;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
