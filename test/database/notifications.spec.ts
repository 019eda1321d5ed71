import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { NotificationListener } from '../../src/core/database/index.js';
import { ListeningConnection } from '../../src/core/database/listening-connection.js';
import { waitFor } from '../support/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { silentLog, startTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Keeps what it is told. */
class Ear implements NotificationListener {
  readonly told: string[] = [];

  get last(): string | undefined {
    return this.told.at(-1);
  }

  received(payload: string): void {
    this.told.push(payload);
  }

  connected(): void {
    this.told.push('connected');
  }

  disconnected(): void {
    this.told.push('disconnected');
  }
}

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** How its pool connects: with members where it is embedded, with an address otherwise. */
function connectionOf({ database: { pool } }: TestDatabase) {
  const { connectionString, host, port, user, password, database: name } = pool.options;
  if (connectionString === undefined) return { host: host ?? '', port: Number(port), user, password, database: name };
  const url = new URL(connectionString);
  return {
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}

const query = (text: string, values: unknown[] = []) => database.database.pool.query(text, values);
const notify = (channel: string, payload: string) => query('SELECT pg_notify($1, $2)', [channel, payload]);
const LISTENERS = "FROM pg_stat_activity WHERE application_name = 'sealpost-listener' AND datname = current_database()";

describe('notifications of the database', () => {
  it('notifications of the database arrive on their channel, in their order', async () => {
    const [ear, other] = [new Ear(), new Ear()];
    database.notifications.listen('first', ear);
    database.notifications.listen('second', other);
    await waitFor(() => ear.last === 'connected' && other.last === 'connected');
    for (const payload of ['1', '2', '3']) await notify('first', payload);
    await waitFor(() => ear.last === '3');
    expect(ear.told.slice(-4)).toEqual(['connected', '1', '2', '3']);
    expect(other.told).not.toContain('1');
    expect(() => database.notifications.listen('first', ear)).toThrow('already');
    expect((await query(`SELECT * ${LISTENERS}`)).rowCount).toBe(1);
  });

  it('notifications of the database arrive again after the connection was cut, and the listener learns that it may have missed some', async () => {
    const ear = new Ear();
    database.notifications.listen('third', ear);
    await waitFor(() => ear.last === 'connected');
    ear.told.length = 0;
    await query(`SELECT pg_terminate_backend(pid) ${LISTENERS}`);
    await waitFor(() => ear.last === 'connected');
    expect(ear.told).toEqual(['disconnected', 'connected']);
    await notify('third', 'again');
    await waitFor(() => ear.last === 'again');
  });

  it('notifications of the database do not count as arriving where a listener hears nothing, as behind a pooler', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (context: object) => void warnings.push(JSON.stringify(context)) };
    // Notifications stay in their database: the way of the echo leads nowhere.
    const connection = connectionOf(database);
    const elsewhere = new Pool({ ...connection, database: 'postgres' });
    const deaf = new ListeningConnection(connection, elsewhere, { connectTimeoutMs: 5000, log });
    const ear = new Ear();
    deaf.listen('fourth', ear);
    // Again and again: on a busy machine the connection may break and come back meanwhile, and what was said is lost.
    await waitFor(async () => {
      await notify('fourth', 'still a hint');
      return ear.last === 'still a hint' && warnings.length > 0;
    });
    expect(ear.told).not.toContain('connected');
    await deaf.close();
    await elsewhere.end();
  });

  it('notifications of the database are known to be missed where the other end is gone without a word', async () => {
    const connection = connectionOf(database);
    const { host, port } = connection;
    const proxy = await TcpProxy.before(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    const listening = new ListeningConnection(
      { ...connection, host: '127.0.0.1', port: proxy.port },
      database.database.pool,
      { connectTimeoutMs: 5000, log: silentLog, checkEveryMs: 100, answerWithinMs: 500 },
    );
    const ear = new Ear();
    listening.listen('fifth', ear);
    await waitFor(() => ear.last === 'connected');
    proxy.hold();
    await waitFor(() => ear.told.includes('disconnected'));
    proxy.abandon();
    await waitFor(() => ear.last === 'connected');
    await notify('fifth', 'on a new connection');
    await waitFor(() => ear.last === 'on a new connection');
    await listening.close();
  });

  it('notifications are told among replicas, which know whether there are others', async () => {
    const open = () =>
      new ListeningConnection(connectionOf(database), database.database.pool, {
        ...{ connectTimeoutMs: 5000, log: silentLog, checkEveryMs: 100 },
      });
    const [first, second, ear] = [open(), open(), new Ear()];
    expect(first.othersListen).toBe(true);
    first.listen('sixth', new Ear());
    await waitFor(() => !first.othersListen);
    second.listen('sixth', ear);
    await waitFor(() => ear.last === 'connected' && first.othersListen);
    await first.tell('sixth', ['one', 'with "quotes", {braces} and blanks']);
    await waitFor(() => ear.told.length === 3);
    expect(ear.told.slice(1)).toEqual(['one', 'with "quotes", {braces} and blanks']);
    await second.close();
    await waitFor(() => !first.othersListen);
    await first.close();
  });

  it('notifications are told without a wait for the disk, which is waited for again afterwards', async () => {
    const pool = new Pool({ ...connectionOf(database), max: 1 });
    const teller = new ListeningConnection(connectionOf(database), pool, { connectTimeoutMs: 5000, log: silentLog });
    const settings = () => pool.query<{ synchronous_commit: string }>('SHOW synchronous_commit');
    await teller.tell('seventh', ['a hint']);
    expect((await settings()).rows).toEqual([{ synchronous_commit: 'on' }]);
    await pool.end();
    // What cannot be told is lost, and nothing else.
    await teller.tell('seventh', ['nobody hears']);
  });
});
