import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { connectExternal } from '../../src/core/database/external/external-postgres.js';
import { startDatabase } from '../../src/core/database/index.js';
import type { Log } from '../../src/core/database/index.js';
import { databaseSettings, silentLog } from '../support/test-database.js';
import { listenAsPostgres, urlOf } from './support/fake-postgres.js';
import { query, startEmptyServer } from './support/migrations.js';
import type { EmptyServer } from './support/migrations.js';

const UNUSED_DATA_DIR = join(tmpdir(), 'sealpost-test-never-made');

/** The address of a database as DATABASE_URL says it, also over a Unix socket. */
function addressOf(connection: ClientConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { user = '', password, database = '', host = '', port = 5432 } = connection;
  return `postgresql://${user}:${String(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}

describe('A PostgreSQL of DATABASE_URL', () => {
  let server: EmptyServer;
  const fakes: Server[] = [];

  beforeAll(async () => {
    server = await startEmptyServer();
  }, 60_000);

  afterAll(() => server.stop());

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

  it('is migrated, used, and left running', async () => {
    const connection = await server.createDatabase();
    const running = await startDatabase(databaseSettings(UNUSED_DATA_DIR, addressOf(connection)), silentLog);
    expect(running.describe()).toMatch(/^PostgreSQL 1[5-9]\.\d+.* at /);
    expect(running.describe()).not.toMatch(/embedded|:[^/]*@/);
    expect(await running.database.prisma.account.count()).toBe(0);
    await running.stop();
    await running.stop();
    expect(await query(connection, 'SELECT count(*)::int AS accounts FROM accounts')).toEqual([{ accounts: 0 }]);
  }, 60_000);

  it('is migrated by one of several replicas that start together', async () => {
    const settings = databaseSettings(UNUSED_DATA_DIR, addressOf(await server.createDatabase()));
    const replicas = await Promise.all([1, 2, 3].map(() => startDatabase(settings, silentLog)));
    for (const replica of replicas) expect(await replica.database.ready()).toBe(true);
    for (const replica of replicas) await replica.stop();
  }, 60_000);

  it('is refused when it is too old', async () => {
    const url = await pretend(140_012, '14.12');
    const attempt = connectExternal({ url, connectTimeoutMs: 5000, log: silentLog });
    await expect(attempt).rejects.toThrow(
      /^The database at 127\.0\.0\.1:\d+\/sealpost .* is PostgreSQL 14\.12; .* 15 or newer/,
    );
  });

  it('is used with a warning when it is newer than those that were tested', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_context, message) => warnings.push(message) };
    const external = await connectExternal({ url: await pretend(190_000, '19.0'), connectTimeoutMs: 5000, log });
    expect(external.describe()).toMatch(/^PostgreSQL 19\.0 at/);
    expect(warnings).toEqual(['Sealpost was tested with PostgreSQL up to 18 only']);
  });

  it('is waited for when it starts later than the server', async () => {
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

  it('is refused at once when it does not know the user, without repeating the password', async () => {
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
});
