import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ListeningConnection } from './listening-connection.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('A connection that listens', () => {
  it('a connection that listens pauses before each new attempt while the database hangs up', async () => {
    const attempts: number[] = [];
    const server = createServer((socket) => {
      attempts.push(performance.now());
      socket.on('error', () => undefined).destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connection = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const pool = new pg.Pool({ ...connection, max: 1 });
    const listening = new ListeningConnection(connection, pool, { connectTimeoutMs: 5000, log: silent });
    listening.listen('news', { received: () => undefined, connected: () => undefined, disconnected: () => undefined });
    while (attempts.length < 4) await once(server, 'connection');
    await listening.close();
    await pool.end();
    server.close();
    const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    // A timer may be late, and never early.
    for (const gap of gaps) expect(gap).toBeGreaterThan(80);
  });
});
