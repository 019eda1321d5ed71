/** The PostgreSQL of a run: the one that Sealpost embeds, as Sealpost starts it, or the one of BENCH_DATABASE_URL. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../dist/core/database/embedded/embedded-postgres.js';

/** PostgreSQL's own default. */
const MAX_CONNECTIONS = 100;

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_fields, message) => console.error(message),
  error: (_fields, message) => console.error(message),
};

export class BenchDatabase {
  #administration;
  #stop;
  /** @type {string[]} */
  #made = [];

  constructor(administration, stop) {
    this.#administration = administration;
    this.#stop = stop;
  }

  /**
   * Makes an empty database, or a copy of another one that nobody is connected to.
   * @param {string} name
   * @param {string} [template] address of the one to copy
   * @returns {Promise<string>} its address
   */
  async create(name, template) {
    const unique = `sealpost_bench_${name}_${process.pid}`;
    const from = template === undefined ? '' : ` TEMPLATE ${new URL(template).pathname.slice(1)}`;
    await this.#administer(`CREATE DATABASE ${unique}${from}`);
    this.#made.push(unique);
    const url = new URL(this.#administration);
    url.pathname = `/${unique}`;
    return url.href;
  }

  /** @returns {Promise<string>} as PostgreSQL says it, e.g. 18.4 */
  async version() {
    const [row] = await query(this.#administration, 'SHOW server_version');
    return row.server_version;
  }

  /** Removes what was made, and the embedded PostgreSQL with its files. */
  async stop() {
    for (const name of this.#made) await this.#administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.#stop();
  }

  async #administer(sql) {
    await query(this.#administration, sql);
  }
}

/** @returns {Promise<BenchDatabase>} */
export async function openDatabase() {
  const given = process.env.BENCH_DATABASE_URL;
  if (given) return new BenchDatabase(given, async () => undefined);
  const dataDir = await mkdtemp(join(tmpdir(), 'sealpost-bench-'));
  // Started by root, the database runs as another user, who must pass through.
  await chmod(dataDir, 0o711);
  const server = await EmbeddedPostgres.start({ dataDir, maxConnections: MAX_CONNECTIONS, log: SILENT });
  return new BenchDatabase(addressOf(server.administration), async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
}

/**
 * As an address that node-postgres, Prisma and libpq understand alike: the socket's folder is a parameter.
 * @param {import('pg').ClientConfig} connection
 */
function addressOf({ user = '', password, host = '', port }) {
  const url = new URL('postgresql://localhost/postgres');
  url.username = user;
  url.password = String(password);
  url.searchParams.set('host', host);
  url.searchParams.set('port', String(port));
  return url.href;
}

/**
 * One statement on a connection of its own.
 * @param {string} address
 * @param {string} sql
 * @param {unknown[]} [values]
 * @returns {Promise<any[]>}
 */
export async function query(address, sql, values = []) {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(sql, values.length === 0 ? undefined : values)).rows;
  } finally {
    await client.end();
  }
}
