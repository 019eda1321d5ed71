/** Sealpost as `npm start` runs it, on the database of the run. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServerProcess } from './server-process.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');
export const SERVICE_ID = 'bench.sealpost.example';

/** Where replicas, and servers on copies of a database, find the same secrets: tokens are good at all of them. */
export async function makeSecretsFolder() {
  return mkdtemp(join(tmpdir(), 'sealpost-bench-secrets-'));
}

/** Everybody comes from one address here, and logs in once: limits that nobody meets, and tokens that outlive the run. */
const SETTINGS = {
  SEALPOST_HOST: '127.0.0.1',
  SEALPOST_PORT: '0',
  SEALPOST_SERVICE_ID: SERVICE_ID,
  SEALPOST_LOG_LEVEL: 'warn',
  SEALPOST_METRICS_PORT: '0',
  SEALPOST_ACCESS_TOKEN_SECONDS: '3600',
  SEALPOST_RATE_REGISTER_PER_ADDRESS: '1000000/60',
  SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '1000000/60',
  SEALPOST_RATE_SEND_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_LOOKUP_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_LOOKUP_MISS_PER_ACCOUNT: '1000000/60',
};

/**
 * @param {object} options
 * @param {string} options.databaseUrl
 * @param {string} options.folder for its secrets
 * @param {string[]} [options.nodeOptions]
 * @param {Record<string, string>} [options.env]
 * @param {number} [options.replicas] processes on the same database and with the same secrets
 */
export async function startSealpost({ databaseUrl, folder, nodeOptions = [], env = {}, replicas = 1 }) {
  const plan = {
    name: 'Sealpost',
    program: 'dist/main.js',
    folder: PROJECT,
    // As `npm start` does.
    nodeOptions: ['--use-largepages=silent', ...nodeOptions],
    env: { ...SETTINGS, DATABASE_URL: databaseUrl, SEALPOST_DATA_DIR: folder, ...env },
  };
  /** @type {ServerProcess[]} */
  const processes = [];
  const stop = async () => {
    await Promise.all(processes.map((server) => server.stop()));
  };
  try {
    // One after the other: the first makes the secrets and the tables.
    for (let index = 0; index < replicas; index += 1) {
      const server = new ServerProcess(plan);
      processes.push(server);
      await server.ready();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { processes, urls: processes.map(({ url }) => url), stop };
}
