import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { EmbeddedPostgres } from '../../src/core/database/embedded/embedded-postgres.js';
import type { Log } from '../../src/core/database/index.js';
import { embeddedPostmaster } from '../support/embedded-database.js';
import { DatabaseProcess, NOBODY } from './support/database-process.js';
import { query } from './support/migrations.js';

const PATIENCE = 120_000;

describe('The embedded database', () => {
  let folder: string;
  let dataDir: string;
  let messages: string[];
  const running: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealpost-test-'));
    dataDir = join(folder, 'data');
    messages = [];
  });

  afterEach(async () => {
    for (const database of running.splice(0).reverse()) await database.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const note = (_context: object, message: string): void => void messages.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const start = async (): Promise<EmbeddedPostgres> => {
    const database = await EmbeddedPostgres.start({ dataDir, maxConnections: 30, log });
    running.push(database);
    return database;
  };
  const startProcess = (options?: ConstructorParameters<typeof DatabaseProcess>[1]): DatabaseProcess => {
    const database = new DatabaseProcess(dataDir, options);
    running.push(database);
    return database;
  };
  const value = async (connection: ClientConfig, sql: string): Promise<unknown> => {
    const [row] = await query<{ value: unknown }>(connection, sql);
    return row?.value;
  };

  it(
    'the embedded database is set up at the first start, and keeps its data for the second',
    async () => {
      const first = await start();
      expect(first.describe()).toMatch(/^PostgreSQL 18\.\d+, embedded, data in .*\/data\/postgres\/cluster$/);
      expect(messages).toEqual(['set up an embedded PostgreSQL']);
      await query(first.connection, "CREATE TABLE story AS SELECT 'kept'::text AS value");
      await first.stop();
      expect(await embeddedPostmaster(dataDir)).toBeNull();

      const began = performance.now();
      const second = await start();
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(await value(second.connection, 'SELECT value FROM story')).toBe('kept');
      expect(messages).toEqual(['set up an embedded PostgreSQL']);
    },
    PATIENCE,
  );

  it(
    'the embedded database is durable, speaks on a guarded socket only, and gives the server no more rights than it needs',
    async () => {
      const { connection } = await start();
      for (const [setting, expected] of [
        ['fsync', 'on'],
        ['full_page_writes', 'on'],
        ['synchronous_commit', 'on'],
        ['listen_addresses', ''],
      ]) {
        expect([setting, await value(connection, `SELECT current_setting('${setting ?? ''}') AS value`)]).toEqual([
          setting,
          expected,
        ]);
      }
      expect(
        await value(connection, `SELECT rolsuper OR rolcreaterole AS value FROM pg_roles WHERE rolname = current_user`),
      ).toBe(false);
      await expect(query({ ...connection, password: 'guessed' }, 'SELECT 1')).rejects.toThrow(
        /password authentication failed/,
      );
      expect((await stat(join(dataDir, 'postgres', 'credentials.json'))).mode & 0o777).toBe(0o600);
      expect((await stat(connection.host ?? '')).mode & 0o777).toBe(0o700);
      expect(await readdir(join(dataDir, 'postgres'))).not.toContain('initial-password');
    },
    PATIENCE,
  );

  it(
    'the embedded database refuses a second server on the same data folder, and the first goes on',
    async () => {
      const { connection } = await start();
      const second = startProcess();
      expect(await second.refused()).toMatch(/^Another server .* is running on the data folder .*SEALPOST_DATA_DIR/);
      expect(await value(connection, 'SELECT 1 AS value')).toBe(1);
    },
    PATIENCE,
  );

  it(
    'the embedded database is won by exactly one of two servers that start for the first time together',
    async () => {
      const servers = [startProcess(), startProcess()];
      const refusals = await Promise.all(servers.map((server) => server.refused()));
      expect(refusals.filter((reason) => reason === null)).toHaveLength(1);
      expect(refusals.filter((reason) => reason?.startsWith('Another server') === true)).toHaveLength(1);
      const winner = servers[refusals.indexOf(null)];
      expect(await value((await winner?.ready()) ?? {}, 'SELECT 1 AS value')).toBe(1);
      const lock = /^server\.lock(\.\d+)?$/;
      expect((await readdir(dataDir)).filter((name) => name !== 'postgres' && !lock.test(name))).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'the embedded database works in a folder that other users cannot enter',
    async () => {
      await chmod(folder, 0o700);
      const { connection } = await start();
      expect(await value(connection, 'SELECT 1 AS value')).toBe(1);
      expect(await readdir(join(dataDir, 'postgres', 'cluster'))).toContain('PG_VERSION');
    },
    PATIENCE,
  );

  it(
    'the embedded database works under a path that is too long for a socket, and leaves nothing outside the data folder',
    async () => {
      dataDir = join(folder, 'long'.repeat(25), 'data');
      const database = await start();
      expect(database.connection.host).not.toContain(dataDir);
      expect((await stat(database.connection.host ?? '')).mode & 0o777).toBe(0o700);
      expect(await value(database.connection, 'SELECT 1 AS value')).toBe(1);
      expect(await EmbeddedPostgres.findRunning(dataDir)).not.toBeNull();
      await database.stop();
      await expect(stat(database.connection.host ?? '')).rejects.toThrow(/ENOENT/);
    },
    PATIENCE,
  );

  it(
    'the embedded database starts although its lock file names a process that is somebody else',
    async () => {
      await (await start()).stop();
      const stranger = spawn('sleep', ['600'], { cwd: join(dataDir, 'postgres', 'cluster') });
      await once(stranger, 'spawn');
      const lines = [stranger.pid, join(dataDir, 'postgres', 'cluster'), 1, 5432, '', '', ' 1 1', 'ready'];
      await writeFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), `${lines.join('\n')}\n`);
      await writeFile(join(dataDir, 'postgres', 'socket', '.s.PGSQL.5432.lock'), `${lines.join('\n')}\n`);
      try {
        const { connection } = await start();
        expect(await value(connection, 'SELECT 1 AS value')).toBe(1);
        expect(messages.at(-1)).toMatch(/removed its lock file/);
        expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
      } finally {
        stranger.kill();
        await once(stranger, 'exit');
      }
    },
    PATIENCE,
  );

  it(
    'the embedded database says what is wrong with a data folder that cannot be used',
    async () => {
      await writeFile(dataDir, 'a file');
      await expect(start()).rejects.toThrow(/^The data folder .* cannot be used: it is a file\. Set SEALPOST_DATA_DIR/);
      await rm(dataDir);
      const database = await start();
      await database.stop();
      await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '17\n');
      await expect(start()).rejects.toThrow(/is of PostgreSQL 17, and this release embeds PostgreSQL 18\.\d+/);
      await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '18\n');
      await rm(join(dataDir, 'postgres', 'credentials.json'));
      await expect(start()).rejects.toThrow(/credentials\.json, .* is missing/);
    },
    PATIENCE,
  );

  it(
    'the embedded database repeats what PostgreSQL says when it cannot start',
    async () => {
      await (await start()).stop();
      await writeFile(join(dataDir, 'postgres', 'cluster', 'postgresql.conf'), 'no_such_setting = 1\n');
      await expect(start()).rejects.toThrow(/does not start:\n.*no_such_setting/);
    },
    PATIENCE,
  );

  it(
    'the embedded database does not write what is stored into its log',
    async () => {
      const { connection } = await start();
      await query(connection, 'CREATE TABLE story (value text PRIMARY KEY)');
      await query(connection, "INSERT INTO story VALUES ('canary')");
      await expect(query(connection, "INSERT INTO story VALUES ('canary')")).rejects.toThrow(/duplicate/);
      await expect(query(connection, "SELECT 'canary'::int")).rejects.toThrow(/canary/);
      expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain('canary');
    },
    PATIENCE,
  );

  const asRoot = process.getuid?.() === 0 ? it : it.skip;

  const cluster = (): string => join(dataDir, 'postgres', 'cluster');
  const giveAll = async (owner: number): Promise<void> => {
    for (const entry of [...(await readdir(cluster(), { recursive: true })), '']) {
      await chown(join(cluster(), entry), owner, owner);
    }
  };
  /** The number that has all of the files, and the database itself. */
  const ownNumber = async (): Promise<number> => {
    const { uid } = await stat(cluster());
    for (const entry of await readdir(cluster(), { recursive: true })) {
      const status = await stat(join(cluster(), entry)).catch(() => null);
      if (status !== null) expect([entry, status.uid, status.gid]).toEqual([entry, uid, uid]);
    }
    expect((await stat(`/proc/${await embeddedPostmaster(dataDir)}`)).uid).toBe(uid);
    expect(uid).not.toBe(NOBODY);
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(`:${uid}:`);
    return uid;
  };
  const asNobody = (...command: string[]): number | null => {
    const [program = '', ...args] = command;
    return spawnSync(program, args, { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: 'ignore' }).status;
  };

  asRoot(
    'the embedded database gives its files to nobody else where the server is root, and lets nobody read or stop it',
    async () => {
      const database = await start();
      await ownNumber();
      expect(messages).toEqual(['set up an embedded PostgreSQL']);
      for (const path of [folder, dataDir]) await chmod(path, 0o755);
      const pid = String(await embeddedPostmaster(dataDir));
      expect(asNobody('ls', join(dataDir, 'postgres', 'running'))).toBe(0);
      expect(asNobody('ls', cluster())).not.toBe(0);
      expect(asNobody('ls', `/proc/${pid}/cwd/`)).not.toBe(0);
      expect(asNobody('cat', join(cluster(), 'PG_VERSION'))).not.toBe(0);
      expect(asNobody('cat', join(dataDir, 'postgres', 'credentials.json'))).not.toBe(0);
      expect(asNobody('ls', join(dataDir, 'postgres', 'socket'))).not.toBe(0);
      expect(asNobody('sh', '-c', `kill -0 ${pid}`)).not.toBe(0);
      expect(await value(database.connection, 'SELECT 1 AS value')).toBe(1);
    },
    PATIENCE,
  );

  asRoot(
    'the embedded database takes files away from nobody and from root, also where it was interrupted at that',
    async () => {
      await query((await start()).connection, "CREATE TABLE story AS SELECT 'kept'::text AS value");
      await running.pop()?.stop();
      const interrupted = async (): Promise<void> => {
        await giveAll(NOBODY);
        await chown(join(cluster(), 'base'), 61_184, 61_184);
        await chown(cluster(), 0, 0);
      };
      for (const hand of [() => giveAll(NOBODY), () => giveAll(0), interrupted]) {
        await hand();
        const { connection } = await start();
        expect(await value(connection, 'SELECT value FROM story')).toBe('kept');
        const number = await ownNumber();
        await running.pop()?.stop();
        await start();
        expect(await ownNumber()).toBe(number);
        await running.pop()?.stop();
      }
    },
    PATIENCE,
  );

  asRoot(
    'the embedded database stays with nobody where links lead elsewhere, and says what to do',
    async () => {
      await (await start()).stop();
      await giveAll(NOBODY);
      await symlink(folder, join(cluster(), 'pg_tblspc', '1'));
      await chown(folder, NOBODY, NOBODY);
      await start();
      expect((await stat(cluster())).uid).toBe(NOBODY);
      expect(messages.filter((message) => message.includes('runs as nobody'))).toEqual([
        expect.stringMatching(/start the server as a user of its own, .* chown -R$/),
      ]);
    },
    PATIENCE,
  );
});
