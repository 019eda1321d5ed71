#!/usr/bin/env node
/**
 * One measurement of Sealpost by hand, for whoever makes it faster:
 *
 *   node bench/by-hand.mjs <post|sealed|batch|inbox|keys> [--seconds 5] [--connections 32] [--warm-up 2] [--rounds 1]
 *     [--people 1000] [--url http://127.0.0.1:8080] [--node-options="--cpu-prof --cpu-prof-dir=profiles"]
 *
 * Without --url it starts the built server (npm run build) and a PostgreSQL. A server that runs already needs
 * the settings of environment/sealpost.mjs. BENCH_SERVER_ENV takes
 * further settings of the server as NAME=value, separated by blanks.
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openDatabase } from './environment/database.mjs';
import { registerPeople } from './environment/people.mjs';
import { makeSecretsFolder, startSealpost } from './environment/sealpost.mjs';
import { LoadProcess } from './load/load-process.mjs';
import { batches, inboxPages, newestKeys, sealedSends, sends } from './measures/sealpost-requests.mjs';

const SENDERS = 100;
const BATCH = 100;

const MEASURES = {
  post: { requests: (people) => sends(people.slice(0, SENDERS)), expected: 201 },
  sealed: { requests: (people) => sealedSends(people.slice(0, SENDERS), people, 300), expected: 201 },
  batch: { requests: (people) => batches(people.slice(0, SENDERS), BATCH), expected: 200 },
  inbox: { requests: (people) => inboxPages(people), expected: 200 },
  keys: { requests: (people) => newestKeys(people.slice(0, SENDERS)), expected: 200 },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    'warm-up': { type: 'string', default: '2' },
    rounds: { type: 'string', default: '1' },
    people: { type: 'string', default: '1000' },
    url: { type: 'string' },
    'node-options': { type: 'string', default: '' },
  },
});

/** What is to be stopped at the end, the last that started first. */
const stops = [];

async function startServer() {
  if (values.url !== undefined) return values.url.replace(/\/$/, '');
  const database = await openDatabase();
  stops.unshift(() => database.stop());
  const env = Object.fromEntries(
    words(process.env.BENCH_SERVER_ENV ?? '').map((setting) => [
      setting.slice(0, setting.indexOf('=')),
      setting.slice(setting.indexOf('=') + 1),
    ]),
  );
  const databaseUrl = await database.create('by_hand');
  const folder = await makeSecretsFolder();
  stops.unshift(() => rm(folder, { recursive: true, force: true }));
  const sealpost = await startSealpost({ databaseUrl, folder, nodeOptions: words(values['node-options']), env });
  stops.unshift(() => sealpost.stop());
  return sealpost.urls[0] ?? '';
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== '');
}

async function measure() {
  const measureOf = MEASURES[positionals[0] ?? ''];
  if (measureOf === undefined) throw new Error(`Say what to measure: ${Object.keys(MEASURES).join(', ')}`);
  const url = await startServer();
  const people = await registerPeople(url, Number(values.people));
  const variables = { recipients: people.map(({ userId }) => userId) };
  const load = new LoadProcess();
  stops.unshift(() => load.stop());
  const settings = { url, variables, connections: Number(values.connections) };
  // Pages need something to show.
  const filling = {
    ...settings,
    requests: sends(people.slice(0, SENDERS)),
    warmUpSeconds: 0,
    seconds: 10,
    expected: 201,
  };
  if (positionals[0] === 'inbox') await load.closedLoop(filling);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const job = {
      ...settings,
      requests: measureOf.requests(people),
      seconds: Number(values.seconds),
      warmUpSeconds: Number(values['warm-up']),
      expected: measureOf.expected,
    };
    console.log(JSON.stringify(await load.closedLoop(job)));
  }
}

async function stopAll() {
  for (const stop of stops.splice(0)) await stop();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stopAll().finally(() => process.exit(130)));

try {
  await measure();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
