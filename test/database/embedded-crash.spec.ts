import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/core/database/embedded/embedded-postgres.js';
import { isDatabaseUnavailable, openDatabaseForAdmin, startDatabase } from '../../src/core/database/index.js';
import type { Log, RunningDatabase } from '../../src/core/database/index.js';
import { embeddedPostmaster, killEmbeddedDatabase } from '../support/embedded-database.js';
import { waitFor } from '../support/index.js';
import { databaseSettings, silentLog } from '../support/test-database.js';
import { DatabaseProcess } from './support/database-process.js';

const PATIENCE = 120_000;

describe('A crash of the embedded database', () => {
  let dataDir: string;
  let messages: string[];
  const running: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sealpost-test-'));
    messages = [];
  });

  afterEach(async () => {
    for (const database of running.splice(0).reverse()) await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const note = (_context: object, message: string): void => void messages.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const keep = <T extends { stop(): Promise<void> }>(database: T): T => {
    running.push(database);
    return database;
  };
  const open = async (): Promise<RunningDatabase> => keep(await startDatabase(databaseSettings(dataDir), log));
  const startEmbedded = async (onLost?: (error: Error) => void): Promise<EmbeddedPostgres> =>
    keep(
      await EmbeddedPostgres.start({ dataDir, maxConnections: 30, log, ...(onLost === undefined ? {} : { onLost }) }),
    );

  it(
    'after a crash, the embedded database comes back by itself, every request meanwhile fails as unavailable, and what was committed is there',
    async () => {
      const { database, transactions } = await open();
      await database.pool.query('CREATE TABLE story (id int PRIMARY KEY)');
      const committed: number[] = [];
      const failures: unknown[] = [];
      let next = 0;
      let stop = false;
      const insert = async (id: number): Promise<unknown> => {
        if (id % 3 === 0) return database.pool.query('INSERT INTO story VALUES ($1)', [id]);
        if (id % 3 === 1) return database.prisma.$executeRaw`INSERT INTO story VALUES (${id})`;
        return transactions.run(
          async (tx) => (tx as unknown as typeof database.prisma).$executeRaw`INSERT INTO story VALUES (${id})`,
        );
      };
      const writer = async (): Promise<void> => {
        while (!stop) {
          const id = next++;
          await insert(id).then(
            () => committed.push(id),
            (error: unknown) => failures.push(error),
          );
          if (failures.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const writers = [1, 2, 3, 4, 5, 6].map(() => writer());
      for (const round of [1, 2]) {
        await waitFor(() => committed.length > 60 * round, { what: 'committed rows' });
        const killed = await embeddedPostmaster(dataDir);
        const [before, failed] = [committed.length, failures.length];
        await killEmbeddedDatabase(dataDir);
        await waitFor(() => failures.length > failed, { what: 'requests to fail' });
        await waitFor(() => committed.length > before + 60, { timeoutMs: 60_000, what: 'the database to come back' });
        expect(await embeddedPostmaster(dataDir)).not.toBe(killed);
      }
      stop = true;
      await Promise.all(writers);
      expect(failures.filter((error) => !isDatabaseUnavailable(error))).toEqual([]);
      const { rows } = await database.pool.query<{ id: number }>('SELECT id FROM story');
      const stored = new Set(rows.map((row) => row.id));
      expect(committed.filter((id) => !stored.has(id))).toEqual([]);
      expect(messages).toContain('the embedded PostgreSQL is gone: starting it again');
      expect(await database.ready()).toBe(true);
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database says that it is not ready while it is away',
    async () => {
      const { database, stop } = await open();
      expect(await database.ready()).toBe(true);
      await stop();
      expect(await database.ready()).toBe(false);
      const error = await database.prisma.account.count().catch((reason: unknown) => reason);
      expect(isDatabaseUnavailable(error)).toBe(true);
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database is adopted by the next server when its own was killed, and stopped with it',
    async () => {
      const killed = keep(new DatabaseProcess(dataDir));
      await killed.ready();
      const orphan = await embeddedPostmaster(dataDir);
      await killed.kill();
      expect(await embeddedPostmaster(dataDir)).toBe(orphan);

      const next = await startEmbedded();
      expect(messages).toEqual(['adopted the PostgreSQL that a killed server left behind']);
      expect(await embeddedPostmaster(dataDir)).toBe(orphan);
      await next.stop();
      expect(await embeddedPostmaster(dataDir)).toBeNull();
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database is restarted also when an adopted one dies',
    async () => {
      const killed = keep(new DatabaseProcess(dataDir));
      await killed.ready();
      await killed.kill();
      const next = await startEmbedded();
      const orphan = await embeddedPostmaster(dataDir);
      await killEmbeddedDatabase(dataDir);
      await waitFor(() => messages.at(-1) === 'the embedded PostgreSQL is back', {
        what: 'the restart',
        timeoutMs: 60_000,
      });
      expect(await embeddedPostmaster(dataDir)).not.toBe(orphan);
      await next.stop();
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database starts again after the server and the database were killed together',
    async () => {
      const killed = keep(new DatabaseProcess(dataDir));
      const connection = await killed.ready();
      const client = new pg.Client(connection);
      client.on('error', () => undefined);
      await client.connect();
      await client.query('CREATE TABLE story AS SELECT 7 AS id');
      await Promise.all([killed.kill(), killEmbeddedDatabase(dataDir)]);
      const next = await startEmbedded();
      const { rows } = await clientQuery(next, 'SELECT id FROM story');
      expect(rows).toEqual([{ id: 7 }]);
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database is let go, and left running, when another server has taken it over',
    async () => {
      const lost: Error[] = [];
      const server = await startEmbedded((error) => lost.push(error));
      const pid = await embeddedPostmaster(dataDir);
      const other = new pg.Client(server.administration);
      await other.connect();
      const { rows } = await other.query<{ pid: number; key: string }>(
        `SELECT pid, (classid::bigint << 32 | objid::bigint)::text AS key FROM pg_locks WHERE locktype = 'advisory'`,
      );
      const taken = other.query('SELECT pg_advisory_lock($1)', [rows[0]?.key]);
      await clientQuery(server, 'SELECT pg_terminate_backend($1)', [rows[0]?.pid], 'administration');
      await taken;
      await waitFor(() => lost[0]?.message.startsWith('Another server'), { what: 'the loss to be noticed' });
      await server.stop();
      expect(await embeddedPostmaster(dataDir)).toBe(pid);
      await other.end();
      await startEmbedded();
      expect(messages.at(-1)).toBe('adopted the PostgreSQL that a killed server left behind');
    },
    PATIENCE,
  );

  it(
    'after a crash, the embedded database is set up anew when its first start was killed halfway',
    async () => {
      const drafts = async (): Promise<string[]> =>
        (await readdir(dataDir)).filter((name) => name.startsWith('postgres.new-'));
      const killed = keep(new DatabaseProcess(dataDir));
      await waitFor(async () => (await drafts()).length > 0, { what: 'the set-up to begin', timeoutMs: 60_000 });
      await killed.kill();
      expect(await readdir(dataDir)).not.toContain('postgres');
      const next = await startEmbedded();
      expect((await clientQuery(next, 'SELECT 1 AS value')).rows).toEqual([{ value: 1 }]);
      expect(await drafts()).toEqual([]);
    },
    PATIENCE,
  );

  it(
    "after a crash, the embedded database serves the administrator's command, whether or not a server runs",
    async () => {
      const alone = await openDatabaseForAdmin(databaseSettings(dataDir), silentLog);
      expect(await alone.database.prisma.account.count()).toBe(0);
      await alone.stop();
      expect(await embeddedPostmaster(dataDir)).toBeNull();

      await open();
      const beside = await openDatabaseForAdmin(databaseSettings(dataDir), silentLog);
      expect(await beside.database.prisma.account.count()).toBe(0);
      await beside.stop();
      expect(await embeddedPostmaster(dataDir)).not.toBeNull();
    },
    PATIENCE,
  );
});

async function clientQuery(
  server: EmbeddedPostgres,
  sql: string,
  parameters: readonly unknown[] = [],
  as: 'connection' | 'administration' = 'connection',
): Promise<pg.QueryResult> {
  const client = new pg.Client(server[as]);
  await client.connect();
  try {
    return await client.query(sql, [...parameters]);
  } finally {
    await client.end();
  }
}
