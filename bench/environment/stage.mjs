/** Everything that a run measures, started and filled. It stays as it is until the end: who is not measured is idle. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { LoadProcess } from '../load/load-process.mjs';
import { findPgbench, prepareScripts } from '../peers/pgbench/pgbench.mjs';
import { startBareFastify } from './bare-fastify.mjs';
import { postmasterOf } from './cpu.mjs';
import { openDatabase } from './database.mjs';
import { fillSealpost, settle } from './history.mjs';
import { call, numberedId, registerPeople } from './people.mjs';
import { makeSecretsFolder, startSealpost } from './sealpost.mjs';
import { fillPeople, prepareTutorial, startTutorial } from './tutorial.mjs';

/** @typedef {Awaited<ReturnType<typeof setStage>>} Stage */

/**
 * @param {import('../settings.mjs').BenchSettings} settings
 * @param {(line: string) => void} say
 */
export async function setStage(settings, say) {
  /** @type {(() => Promise<unknown>)[]} the last that started first */
  const stops = [];
  const strike = async () => {
    for (const stop of stops.splice(0)) await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void strike().finally(() => process.exit(130)));
  try {
    return { ...(await build(settings, say, stops)), strike };
  } catch (error) {
    await strike();
    throw error;
  }
}

async function build(settings, say, stops) {
  const scratch = await mkdtemp(join(tmpdir(), 'sealpost-bench-run-'));
  stops.unshift(() => rm(scratch, { recursive: true, force: true }));
  const secrets = await makeSecretsFolder();
  stops.unshift(() => rm(secrets, { recursive: true, force: true }));
  const database = await openDatabase();
  stops.unshift(() => database.stop());
  const version = await database.version();
  const major = Number.parseInt(version, 10);

  say(`Registering ${settings.people} people …`);
  const { base, people } = await registerEverybody(database, secrets, settings.people);
  const senders = people.slice(0, settings.senders);
  const counts = { people: people.length, senders: senders.length };
  const databases = {
    plain: await database.create('plain'),
    sealpost: await database.create('sealpost', base),
    pgbench: await database.create('pgbench', base),
    tutorial: await database.create('tutorial'),
    smallHistory: await database.create('small_history', base),
  };

  say(`Filling ${settings.history.small} and ${settings.history.large} messages …`);
  const histories = await makeHistories(database, databases, settings, counts, major);

  say('Starting the servers …');
  const start = async (databaseUrl, replicas) => {
    const server = await startSealpost({ databaseUrl, folder: secrets, replicas });
    stops.unshift(() => server.stop());
    return server;
  };
  const sealpost = await start(databases.sealpost, 2);
  const smallHistory = await start(histories.small, 1);
  const largeHistory = await start(histories.large, 1);
  const tutorial = await makeTutorial(databases.tutorial, people, counts, stops);
  const fastify = await startBareFastify(await exampleAnswers(sealpost.urls[0] ?? '', people[0], people[1]));
  stops.unshift(() => fastify.stop());
  const load = new LoadProcess();
  stops.unshift(() => load.stop());
  const program = await findPgbench();
  const scripts = await prepareScripts(scratch, major);
  return {
    ...{ scratch, secrets, version, databases, people, senders, counts, load, fastify, tutorial },
    ...{ sealpost, smallHistory, largeHistory, startSealpost: start },
    postmaster: await postmasterOf(databases.sealpost),
    readersOfMailboxes: { small: people.at(-2), large: people.at(-1) },
    pgbench: program === undefined ? undefined : { program, scripts },
  };
}

/** In a database that the others are copies of. */
async function registerEverybody(database, folder, count) {
  const base = await database.create('base');
  const server = await startSealpost({ databaseUrl: base, folder });
  try {
    return { base, people: await registerPeople(server.urls[0] ?? '', count, numberedId) };
  } finally {
    await server.stop();
  }
}

/** The last two people have mailboxes of their own sizes in the small history. */
async function makeHistories(database, databases, { history, mailboxes }, counts, major) {
  const small = databases.smallHistory;
  const each = history.small / counts.people;
  await fillSealpost(small, each, counts, major);
  const large = await database.create('large_history', small);
  await fillSealpost(large, (history.large - history.small) / counts.people, counts, major);
  const one = { ...counts, people: 1 };
  await fillSealpost(small, mailboxes.small - each, one, major, counts.people - 1);
  await fillSealpost(small, mailboxes.large - each, one, major, counts.people);
  for (const filled of [small, large]) await settle(filled);
  return { small, large };
}

async function makeTutorial(databaseUrl, people, counts, stops) {
  await prepareTutorial(databaseUrl);
  const ids = people.map(({ userId }) => userId);
  await fillPeople(databaseUrl, ids, counts.senders);
  const tutorial = await startTutorial(databaseUrl);
  stops.unshift(() => tutorial.stop());
  return tutorial;
}

/** What Sealpost answers to the requests that bare Fastify is asked, too. */
async function exampleAnswers(url, sender, recipient) {
  const now = Date.now().toString(16).padStart(12, '0');
  const message = {
    id: `${now.slice(0, 8)}-${now.slice(8)}-7${randomUUID().slice(15)}`,
    conversationId: `00000000-0000-4000-8000-${sender.userId.slice(-6)}${recipient.userId.slice(-6)}`,
    suite: 'box',
    senderKeyVersion: 1,
    recipients: [{ userId: recipient.userId, keyVersion: 1 }],
    ciphertext: Buffer.alloc(300, 1).toString('base64url'),
    nonce: Buffer.alloc(24, 1).toString('base64url'),
  };
  const answer = await call(url, 'POST', '/v1/messages', message, sender.token);
  const keys = await call(url, 'GET', `/v1/users/${recipient.userId}/keys/newest`, undefined, sender.token);
  return { send: JSON.stringify(answer), keys: JSON.stringify(keys) };
}
