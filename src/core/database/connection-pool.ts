import pg from 'pg';
import type { ClientConfig } from 'pg';
import type { Log } from './log.js';

const LONGEST_STATEMENT_MS = 30_000;
const LONGEST_IDLE_TRANSACTION_MS = 60_000;
const IDLE_CONNECTION_MS = 60_000;

export interface PoolOptions {
  readonly size: number;
  readonly connectTimeoutMs: number;
  readonly log: Log;
}

/** The one pool of the process. Every wait in it has an end: by default pg waits for ever. */
export function openPool(connection: ClientConfig, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    max: options.size,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: LONGEST_STATEMENT_MS,
    // The database's own limit comes first; this one is for a database that no longer says anything.
    query_timeout: LONGEST_STATEMENT_MS + 5000,
    idle_in_transaction_session_timeout: LONGEST_IDLE_TRANSACTION_MS,
    keepAlive: true,
    application_name: 'sealpost',
  });
  // Idle connections that break: the pool drops them, and the event without a listener would end the process.
  pool.on('error', (error) => {
    // While the pool closes, the embedded database may be faster than the farewell of its connections.
    if (!pool.ending) options.log.warn({ reason: error.message }, 'an idle database connection broke');
  });
  // The same for a connection that breaks while somebody has it and no statement is under way; the next one fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
