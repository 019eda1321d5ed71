/** What one mailbox can take, and what many recipients cost: deliveries by the server's own statements. */
import { query } from '../environment/database.mjs';
import { numberedId } from '../environment/people.mjs';
import { anybody, deliver, makeMailboxes, makeSchema } from './lanes.mjs';

const PEOPLE = 1000;

/** @param {import('../environment/database.mjs').BenchDatabase} postgres @param {{ seconds: number, rounds: number }} run */
export async function measureHot(postgres, { seconds, rounds }) {
  const address = await postgres.create('hot');
  await makeSchema(address);
  await makeMailboxes(address, PEOPLE);
  const oneOnly = () => [numberedId(1)];
  const cases = [1, 32, 256].flatMap((group) => [
    { name: `all mailboxes, groups of ${group}`, group, recipients: anybody(PEOPLE) },
    { name: `one mailbox, groups of ${group}`, group, recipients: oneOnly },
    { name: `all mailboxes, groups of ${group}, 3 replicas`, group, replicas: 3, recipients: anybody(PEOPLE) },
    { name: `one mailbox, groups of ${group}, 3 replicas`, group, replicas: 3, recipients: oneOnly },
  ]);
  cases.push({ name: '100 recipients by chance, groups of 1', group: 1, recipients: anybody(PEOPLE, 100) });
  cases.push({ name: '100 recipients by chance, groups of 32', group: 32, recipients: anybody(PEOPLE, 100) });
  cases.push({
    name: '100 recipients by chance, groups of 32, 3 replicas',
    group: 32,
    replicas: 3,
    recipients: anybody(PEOPLE, 100),
  });
  await compare(address, cases, { seconds, rounds });
}

/** In turn, forth and back; medians of the rounds. */
export async function compare(address, cases, { seconds, rounds }) {
  const results = new Map(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, before, ...load } of round % 2 === 0 ? cases : [...cases].reverse()) {
      await before?.();
      const from = await walAt(address);
      const { messages, ...figures } = await deliver(load.address ?? address, { ...load, seconds });
      results.get(name)?.push({ ...figures, 'WAL per message': (await walBytes(address, from)) / messages });
    }
  }
  for (const [name, figures] of results) {
    const medians = Object.keys(figures[0]).map((key) => [key, middle(figures.map((figure) => figure[key]))]);
    console.log(JSON.stringify({ case: name, ...Object.fromEntries(medians) }));
  }
}

async function walAt(address) {
  const [row] = await query(address, 'SELECT pg_current_wal_insert_lsn()::text AS at');
  return row.at;
}

async function walBytes(address, from) {
  const [row] = await query(address, 'SELECT (pg_current_wal_insert_lsn() - $1::pg_lsn)::float8 AS bytes', [from]);
  return row.bytes;
}

function middle(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? NaN).toPrecision(4));
}
