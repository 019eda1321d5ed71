/** A server of the demo's own: the built one, with its embedded database, on a temporary folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';

const PROJECT = resolve(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 120_000;

export async function startDemoServer(serviceId) {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealpost-demo-'));
  console.log('Starting a server on a temporary folder …');
  // Whatever settings this shell has are meant for another server.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SEALPOST_|DATABASE_URL$)/.test(name)),
  );
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: PROJECT,
    env: {
      ...env,
      SEALPOST_DATA_DIR: dataDir,
      SEALPOST_HOST: '127.0.0.1',
      SEALPOST_PORT: '0',
      SEALPOST_SERVICE_ID: serviceId,
      SEALPOST_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const remove = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(dataDir, { recursive: true, force: true });
  };
  // Ctrl+C reaches the server as well, which ends by itself; what is left is the folder.
  process.once('SIGINT', () => void remove().then(() => process.exit(130)));
  try {
    return { url: await addressOf(child, exited), sql: (text, values) => query(dataDir, text, values), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The address that the server prints once it accepts requests. */
async function addressOf(child, exited) {
  let output = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const printed = new Promise((found) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (address !== undefined) found(address);
    });
  });
  const ended = exited.then(() => Promise.reject(new Error(`The server did not start:\n${output}${errors}`)));
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('The server took too long to start')), START_TIMEOUT_MS);
  });
  // Once the address is known, the end of the server is no news.
  ended.catch(() => undefined);
  return Promise.race([printed, ended, late]).finally(() => clearTimeout(timer));
}

/** Beside the server, with the password that it has made for itself. */
async function query(dataDir, text, values) {
  const folder = join(dataDir, 'postgres');
  const credentials = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'));
  const elsewhere = await readFile(join(folder, 'socket-folder'), 'utf8').catch(() => null);
  const client = new pg.Client({
    host: elsewhere?.trim() ?? join(folder, 'socket'),
    port: 5432,
    user: 'sealpost',
    database: 'sealpost',
    password: credentials.application,
  });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
