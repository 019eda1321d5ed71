/** What the built server needs and does: memory of streams, the sweeper's pace, one mailbox over HTTP. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../environment/database.mjs';
import { fillSealpost, settle } from '../environment/history.mjs';
import { registerPeople } from '../environment/people.mjs';
import { makeSecretsFolder, startSealpost } from '../environment/sealpost.mjs';
import { LoadProcess } from '../load/load-process.mjs';
import { measureStreamMemory } from '../measures/memory.mjs';
import { sends } from '../measures/sealpost-requests.mjs';
import { makeMailboxes, makeSchema } from './lanes.mjs';

const PEOPLE = 200;

/** @param {import('../environment/database.mjs').BenchDatabase} postgres @param {{ streams: number, seconds: number, rounds: number }} run */
export async function measureStreams(postgres, { streams, seconds, rounds }) {
  const databaseUrl = await postgres.create('streams');
  const folder = await makeSecretsFolder();
  const start = (replicas) => startSealpost({ databaseUrl, folder, replicas });
  const first = await start(1);
  const load = new LoadProcess();
  try {
    const url = first.urls[0] ?? '';
    const people = await registerPeople(url, PEOPLE);
    for (let round = 0; round < rounds; round += 1) {
      for (const recipients of [people, people.slice(0, 1)]) {
        const { rate, latency } = await load.closedLoop({
          ...{ url, seconds, warmUpSeconds: 1, connections: 32, expected: 201 },
          variables: { recipients: recipients.map(({ userId }) => userId) },
          requests: sends(people.slice(0, 100)),
        });
        console.log(JSON.stringify({ case: `POST to ${recipients.length} mailboxes`, rate, ...latency }));
      }
    }
    const connections = `SELECT application_name, count(*)::int FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1`;
    console.log(JSON.stringify(await query(databaseUrl, connections)));
    await first.stop();
    await weighStreams({ start, databaseUrl, people, load, streams });
  } finally {
    await load.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function weighStreams({ start, databaseUrl, people, load, streams }) {
  const server = await start(1);
  try {
    const stage = { startSealpost: async () => server, databases: { sealpost: databaseUrl }, people, load };
    const weighed = await measureStreamMemory(/** @type {any} */ (stage), /** @type {any} */ ({ streams }));
    console.log(JSON.stringify(weighed));
  } finally {
    await server.stop();
  }
}

/** Messages that have all expired, and one server that sweeps them. */
export async function measureSweeps(postgres, { messages }) {
  const databaseUrl = await postgres.create('sweeps');
  await makeSchema(databaseUrl);
  await makeMailboxes(databaseUrl, 1000);
  const version = Number.parseInt(await postgres.version(), 10);
  await fillSealpost(databaseUrl, messages / 1000, { people: 1000, senders: 100 }, version);
  await query(databaseUrl, `UPDATE messages SET expires_at = now(), sweep_at = now()`);
  await settle(databaseUrl);
  const folder = await makeSecretsFolder();
  const server = await startSealpost({ databaseUrl, folder });
  const left = async () => {
    const [row] = await query(databaseUrl, 'SELECT count(*)::int AS left FROM messages WHERE ciphertext IS NOT NULL');
    return row.left;
  };
  try {
    while ((await left()) === messages) await sleep(100);
    const [begun, before] = [performance.now(), await left()];
    await sleep(20_000);
    const now = await left();
    console.log(
      JSON.stringify({ 'swept per second': (before - now) / ((performance.now() - begun) / 1000), left: now }),
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
