import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetConnectOpts, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { connectExternal } from '../../src/core/database/external/external-postgres.js';
import { startDatabase } from '../../src/core/database/index.js';
import type { Log } from '../../src/core/database/index.js';
import { launchProcess } from '../support/index.js';
import { databaseSettings, silentLog } from '../support/test-database.js';
import { lendBefore, poolBefore, portOf } from './support/careless-pooler.js';
import { listenAsPostgres, listenAsRefusing, urlOf } from './support/fake-postgres.js';
import { query, startEmptyServer } from './support/migrations.js';
import type { EmptyServer } from './support/migrations.js';

const UNUSED_DATA_DIR = join(tmpdir(), 'sealpost-test-never-made');

/** The address of a database as DATABASE_URL says it, also over a Unix socket. */
function addressOf(connection: ClientConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { user = '', password, database = '', host = '', port = 5432 } = connection;
  if (!host.startsWith('/')) return `postgresql://${user}:${String(password)}@${host}:${port}/${database}`;
  return `postgresql://${user}:${String(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}

function socketOf({ host = '', port = 5432 }: ClientConfig): NetConnectOpts {
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

describe('A PostgreSQL of DATABASE_URL', () => {
  let server: EmptyServer;
  const fakes: Server[] = [];
  const roles: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await startEmptyServer();
  });

  afterAll(async () => {
    for (const drop of roles.splice(0)) await drop();
    await server.stop();
  });

  afterEach(async () => {
    for (const fake of fakes.splice(0)) {
      fake.close();
      await once(fake, 'close');
    }
  });

  const pretend = async (number: number, text: string, port?: number): Promise<string> => {
    const fake = await listenAsPostgres(number, text, port);
    fakes.push(fake);
    return urlOf(fake);
  };

  it('a PostgreSQL of DATABASE_URL is migrated, used, and left running', async () => {
    const connection = await server.createDatabase();
    const running = await startDatabase(databaseSettings(UNUSED_DATA_DIR, addressOf(connection)), silentLog);
    expect(running.describe()).toMatch(/^PostgreSQL 1[5-9]\.\d+.* at /);
    expect(running.describe()).not.toMatch(/embedded|:[^/]*@/);
    expect(await running.database.prisma.account.count()).toBe(0);
    await running.stop();
    await running.stop();
    expect(await query(connection, 'SELECT count(*)::int AS accounts FROM accounts')).toEqual([{ accounts: 0 }]);
  });

  it('a PostgreSQL of DATABASE_URL is migrated by one of several replicas that start together', async () => {
    const settings = databaseSettings(UNUSED_DATA_DIR, addressOf(await server.createDatabase()));
    const replicas = await Promise.all([1, 2, 3].map(() => startDatabase(settings, silentLog)));
    for (const replica of replicas) expect(await replica.database.ready()).toBe(true);
    for (const replica of replicas) await replica.stop();
  });

  it('a PostgreSQL of DATABASE_URL is refused when it is too old', async () => {
    const url = await pretend(140_012, '14.12');
    const attempt = connectExternal({ url, connectTimeoutMs: 5000, log: silentLog });
    await expect(attempt).rejects.toThrow(
      /^The database at 127\.0\.0\.1:\d+\/sealpost .* is PostgreSQL 14\.12; .* 15 or newer/,
    );
  });

  it('a PostgreSQL of DATABASE_URL is used with a warning when it is newer than those that were tested', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_context, message) => warnings.push(message) };
    const external = await connectExternal({ url: await pretend(190_000, '19.0'), connectTimeoutMs: 5000, log });
    expect(external.describe()).toMatch(/^PostgreSQL 19\.0 at/);
    expect(warnings).toEqual(['Sealpost was tested with PostgreSQL up to 18 only']);
  });

  it('a PostgreSQL of DATABASE_URL is waited for when it starts later than the server', async () => {
    const url = await pretend(160_004, '16.4');
    const port = Number(new URL(url).port);
    fakes[0]?.close();
    await once(fakes.splice(0)[0]!, 'close');
    const warned: Promise<string>[] = [];
    const log: Log = {
      ...silentLog,
      warn: () => {
        if (warned.length === 0) warned.push(pretend(160_004, '16.4', port));
      },
    };
    const external = await connectExternal({ url, connectTimeoutMs: 5000, log });
    expect(warned).toHaveLength(1);
    expect(external.describe()).toMatch(/^PostgreSQL 16\.4 at/);
  });

  it('a PostgreSQL of DATABASE_URL is refused at once when it does not know the user, without repeating the password', async () => {
    const url = new URL(addressOf(await server.createDatabase()));
    url.username = 'stranger';
    url.password = 'guessed-word';
    const error = await connectExternal({ url: url.href, connectTimeoutMs: 5000, log: silentLog }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(/DATABASE_URL\) cannot be used: .*"stranger"/);
    expect(String(error)).not.toContain('guessed-word');
  });

  /** A role of its own, so that what is set for it concerns nobody else. */
  const databaseOfRole = async (role: string, encoding: string): Promise<ClientConfig> => {
    const { connectionString, ...connection } = await server.createDatabase();
    const administrator = connectionString === undefined ? connection : { connectionString };
    const database = `${role}_${randomBytes(4).toString('hex')}`;
    await query(administrator, `CREATE ROLE ${database} LOGIN PASSWORD 'quite-secret'`);
    await query(
      administrator,
      `CREATE DATABASE ${database} OWNER ${database} TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    roles.push(async () => {
      await query(administrator, `DROP DATABASE ${database} WITH (FORCE)`);
      await query(administrator, `DROP ROLE ${database}`);
    });
    const { hostname, port } = new URL(connectionString ?? 'postgresql://none');
    const address = connectionString === undefined ? connection : { host: hostname, port: Number(port) };
    return { ...address, user: database, password: 'quite-secret', database };
  };

  it('a PostgreSQL of DATABASE_URL is refused when its encoding cannot hold every text, in one sentence and with code 1', async () => {
    const connection = await databaseOfRole('narrow', 'SQL_ASCII');
    const process = await launchProcess({ env: { DATABASE_URL: addressOf(connection) } });
    expect((await process.exited()).code).toBe(1);
    expect(process.logs()).toBe(
      `Sealpost cannot start.\nThe database "${connection.database ?? ''}" has the encoding SQL_ASCII, which cannot hold ` +
        "every text. Give Sealpost one that was made with ENCODING 'UTF8' TEMPLATE template0.\n",
    );
  });

  it('a PostgreSQL of DATABASE_URL is refused behind a pooler that drops what sessions ask for, and used once the role has it', async () => {
    const connection = await databaseOfRole('pooled', 'UTF8');
    const pooler = await poolBefore(socketOf(connection));
    fakes.push(pooler);
    const url = addressOf({ ...connection, host: '127.0.0.1', port: portOf(pooler) });
    const settings = databaseSettings(UNUSED_DATA_DIR, url);
    const reason: unknown = await startDatabase(settings, silentLog).catch((error: unknown) => error);
    expect(String(reason)).toMatch(
      /a pooler between them drops the parameter "options"\. Give them to the role, and let the pooler open new connections \(PgBouncer: RECONNECT\):\n(ALTER ROLE .*;\n)+See "Poolers"/,
    );
    const statements = String(reason).match(/^ALTER ROLE .*;$/gm) ?? [];
    expect(statements).toContain(`ALTER ROLE "${connection.user ?? ''}" SET search_path = 'public';`);
    for (const statement of statements) await query(connection, statement);
    const running = await startDatabase(settings, silentLog);
    expect(await running.database.prisma.account.count()).toBe(0);
    await running.stop();
  });

  it('a PostgreSQL of DATABASE_URL is refused behind a pooler that lends one session to several connections', async () => {
    const connection = await databaseOfRole('lent', 'UTF8');
    const pooler = await lendBefore(socketOf(connection));
    fakes.push(pooler);
    const url = addressOf({ ...connection, host: '127.0.0.1', port: portOf(pooler) });
    await expect(startDatabase(databaseSettings(UNUSED_DATA_DIR, url), silentLog)).rejects.toThrow(
      /transaction pooling.* Set it to session pooling/,
    );
  });

  it('a PostgreSQL of DATABASE_URL is refused at once behind a pooler that refuses what sessions ask for', async () => {
    const words = 'unsupported startup parameter: options';
    const pooler = await listenAsRefusing('08P01', words);
    fakes.push(pooler);
    const attempt = connectExternal({ url: urlOf(pooler), connectTimeoutMs: 5000, log: silentLog });
    await expect(attempt).rejects.toThrow(`cannot be used: ${words}. See "Poolers" in docs/scaling.md`);
  });

  it('a PostgreSQL of DATABASE_URL is used with a warning for each setting with which a power cut can damage what was confirmed', async () => {
    const connection = await server.createDatabase();
    const warnings: unknown[] = [];
    const log: Log = { ...silentLog, warn: (context) => warnings.push(context) };
    await (await startDatabase(databaseSettings(UNUSED_DATA_DIR, addressOf(connection)), log)).stop();
    // An external one of a test run may be without both, as it is faster then; the embedded one never is.
    const off = `SELECT name AS setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'`;
    expect(warnings).toEqual(await query(connection, off));
  });
});
