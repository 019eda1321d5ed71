import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const LONGEST_STOP_MS = 30_000;

export default async function tearDown() {
  const folder = process.env.SEALPOST_TEST_SHARED;
  if (folder === undefined) return;
  await endSharedServer(join(folder, 'server'));
  const hosts = (await readdir(folder)).filter((name) => name.startsWith('host-'));
  await Promise.allSettled(hosts.map((host) => endHost(join(folder, host, 'host.json'))));
  await rm(folder, { recursive: true, force: true });
}

/** @param {string} folder  of shared-server.ts; not there where no test file has asked for the server */
async function endSharedServer(folder) {
  const text = await readFile(join(folder, 'server.json'), 'utf8').catch(() => null);
  if (text === null) return;
  const { pid, dataDir, databaseUrl } = JSON.parse(text);
  try {
    process.kill(pid, 'SIGTERM');
    const end = performance.now() + LONGEST_STOP_MS;
    while (!(await isStopped(folder)) && performance.now() < end) await sleep(20);
  } catch {
    // It has ended already.
  }
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  if (databaseUrl !== undefined) await dropDatabase(databaseUrl);
}

/** @param {string} addressFile  of hosted-server.ts */
async function endHost(addressFile) {
  const { url } = JSON.parse(await readFile(addressFile, 'utf8'));
  await fetch(`${url}/end`, { method: 'POST', body: '{}' });
}

/** What it logs last. Its process may stay in the list of a system where nobody asks for its exit code. */
async function isStopped(folder) {
  return (await readFile(join(folder, 'log'), 'utf8')).includes('"message":"Stopped"');
}

async function dropDatabase(databaseUrl) {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  const name = new URL(databaseUrl).pathname.slice(1);
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.end();
}
