import { chown, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  embeddedPostmaster,
  launchProcess,
  queryDatabase,
  registerUser,
  startProcess,
  startServer,
  unreadableMessage,
  waitFor,
  call,
} from '../support/index.js';
import type { RunningServer, TestProcess, TestServer } from '../support/index.js';

/** Other defaults than the code was written for; each of them is something that administrators do set. */
const DEFAULTS = [
  ['DateStyle', 'SQL, DMY'],
  ['IntervalStyle', 'sql_standard'],
  ['TimeZone', 'Asia/Kathmandu'],
  ['extra_float_digits', '-15'],
  ['bytea_output', 'escape'],
  ['client_encoding', 'LATIN1'],
  ['standard_conforming_strings', 'off'],
  ['search_path', 'pg_catalog'],
  ['array_nulls', 'off'],
  ['transform_null_equals', 'on'],
  ['row_security', 'off'],
  ['default_transaction_isolation', 'serializable'],
  ['default_transaction_deferrable', 'on'],
  ['synchronous_commit', 'off'],
  ['lock_timeout', '1ms'],
  ['idle_session_timeout', '50ms'],
  ['idle_in_transaction_session_timeout', '50ms'],
  ['exit_on_error', 'on'],
  ['enable_indexscan', 'off'],
  ['statement_timeout', '1ms'],
  ['default_transaction_read_only', 'on'],
] as const;

/** Two people, a message, a page of the mailbox, and what stands in both. */
async function tellStory(server: RunningServer): Promise<void> {
  const [alice, bob] = [await registerUser(server), await registerUser(server)];
  const body = unreadableMessage(alice.identity, [bob.identity]);
  const before = Date.now();
  expect((await call(server, 'POST', '/v1/messages', { token: alice.token, body })).status).toBe(201);
  const page = await call<{ items: { id: string; receivedAt: number; ciphertext: string }[] }>(
    server,
    'GET',
    '/v1/messages',
    { token: bob.token },
  );
  expect(page.status).toBe(200);
  expect(page.body.items).toMatchObject([{ id: body.id, ciphertext: body.ciphertext }]);
  expect(Math.abs((page.body.items[0]?.receivedAt ?? 0) - before)).toBeLessThan(60_000);
  expect((await call(server, 'GET', '/v1/account/sessions', { token: alice.token })).status).toBe(200);
}

/** The embedded database of a server, as another one would be given it. */
async function addressOf(server: TestServer): Promise<string> {
  const { connectionString, user = '', password, host = '', database = '' } = await server.connection();
  if (connectionString !== undefined) return connectionString;
  return `postgresql://${user}:${String(password)}@localhost:5432/${database}?host=${encodeURIComponent(host)}`;
}

describe("the database's defaults", () => {
  it("the database's defaults make no difference, whoever set them", async () => {
    const server = await startServer();
    for (const what of ['DATABASE %I', 'ROLE %I IN DATABASE %I']) {
      const statements = DEFAULTS.map(
        ([name, value]) =>
          `EXECUTE format('ALTER ${what} SET ${name} = ''${value}'''${
            what.startsWith('ROLE') ? ', current_user' : ''
          }, current_database());`,
      );
      await server.sql(`DO $$ BEGIN ${statements.join('\n')} END $$`);
      await server.restart();
      await tellStory(server);
      // The last of them keeps the next round from changing anything, unless it says otherwise itself.
      const connection = {
        ...(await server.connection()),
        options: '-c statement_timeout=0 -c default_transaction_read_only=off',
      };
      await queryDatabase(
        connection,
        'DO $$ BEGIN EXECUTE format($f$ALTER DATABASE %I RESET ALL$f$, current_database()); END $$',
      );
    }
  });
});

describe('a standby', () => {
  it('a standby is refused, which nothing can be written to, and left as it was', async () => {
    const server = await startServer({ database: 'embedded' });
    await server.stop();
    const cluster = join(server.dataDir, 'postgres/cluster');
    const { uid, gid } = await stat(cluster);
    const signal = join(cluster, 'standby.signal');
    await writeFile(signal, '');
    await chown(signal, uid, gid);
    const standby = await launchProcess({ database: 'embedded', sharing: server });
    expect((await standby.exited()).code).toBe(1);
    expect(standby.logs()).toContain(
      'The database is a standby, which cannot be written to. Use the address of the primary, or promote this one.',
    );
    await rm(signal);
    await server.restart();
  });
});

describe('the environment', () => {
  it('the environment says nothing about the embedded database', async () => {
    const server = await startProcess({
      database: 'embedded',
      env: {
        PGSSLMODE: 'require',
        PGSSLNEGOTIATION: 'direct',
        PGOPTIONS: '-c default_transaction_read_only=on -c datestyle=German',
        PGHOST: '192.0.2.1',
        PGPORT: '1',
        PGUSER: 'somebody',
        PGDATABASE: 'elsewhere',
        PGPASSWORD: 'wrong',
        PGCLIENTENCODING: 'LATIN1',
        PGDATESTYLE: 'German',
        PGTZ: 'Asia/Kathmandu',
        PGDATA: '/nowhere',
        PORT: 'not-a-number',
      },
    });
    await tellStory(server);
  });
});

describe('the name of the service', () => {
  it('the name of the service belongs to the data: a server with another one refuses to start, and says what to do', async () => {
    const server = await startServer();
    await server.stop();
    const other = await launchProcess({ sharing: server, env: { SEALPOST_SERVICE_ID: 'other.example' } });
    expect((await other.exited()).code).toBe(1);
    expect(other.logs()).toMatch(
      /^Sealpost cannot start\.\nThe data belongs to the service ".*", and SEALPOST_SERVICE_ID is "other\.example"/m,
    );
    expect(other.logs()).toContain(`Start with SEALPOST_SERVICE_ID=${server.serviceId}`);
    expect(other.logs()).not.toContain('    at ');
    await server.restart();
    await tellStory(server);
  });

  it('the name of the service is asked for where the service has a public address', async () => {
    // Without a database address, which asks for a name as well, and before the other.
    const env = { SEALPOST_SERVICE_ID: '', SEALPOST_PUBLIC_URL: 'https://msg.example', DATABASE_URL: '' };
    const server = await launchProcess({ env, firstStart: true });
    const { code } = await server.exited();
    expect({ code, logs: server.logs() }).toEqual({
      code: 78,
      logs: expect.stringContaining('SEALPOST_SERVICE_ID must be set when SEALPOST_PUBLIC_URL is set'),
    });
  });
});

describe('one SIGTERM during the start', () => {
  const expectStopped = async (server: TestProcess): Promise<void> => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.logs()).toContain('Stopped before the start was finished');
  };

  it('one SIGTERM during the start stops it while the database is made for the first time, and leaves nothing half made', async () => {
    const server = await launchProcess({ database: 'embedded', firstStart: true });
    const drafts = async (): Promise<string[]> =>
      (await readdir(server.dataDir)).filter((name) => name.startsWith('postgres.new-'));
    await waitFor(async () => (await drafts()).length > 0, { what: 'the first start to begin' });
    await expectStopped(server);
    expect(await drafts()).toEqual([]);
    expect(await embeddedPostmaster(server.dataDir)).toBeNull();
    await tellStory(await server.restart());
  });

  it('one SIGTERM during the start stops it while the embedded database starts', async () => {
    const server = await launchProcess({ database: 'embedded' });
    await waitFor(() => embeddedPostmaster(server.dataDir), { what: 'the database to be launched' });
    expect((await server.stop()).code).toBe(0);
    expect(await embeddedPostmaster(server.dataDir)).toBeNull();
  });

  it('one SIGTERM during the start has the same effect as a terminal that closes (SIGHUP)', async () => {
    const server = await startProcess({ database: 'embedded' });
    expect(await embeddedPostmaster(server.dataDir)).not.toBeNull();
    expect(await server.kill('SIGHUP')).toEqual({ code: 0, signal: null });
    expect(await embeddedPostmaster(server.dataDir)).toBeNull();
  });

  it('one SIGTERM during the start stops it while it waits for a database that cannot be reached', async () => {
    const server = await launchProcess({ env: { DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/nowhere' } });
    await waitFor(() => server.logs().includes('cannot be reached yet'));
    await expectStopped(server);
  });

  it('one SIGTERM during the start stops it while another replica migrates', async () => {
    const first = await startServer();
    const replica = new pg.Client(await first.connection());
    await replica.connect();
    try {
      await replica.query('SELECT pg_advisory_lock(72707369)');
      const server = await launchProcess({ env: { DATABASE_URL: await addressOf(first) } });
      await waitFor(() => server.logs().includes('waiting for another replica'));
      await expectStopped(server);
    } finally {
      await replica.end();
    }
  });
});
