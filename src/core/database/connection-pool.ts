import pg from 'pg';
import type { ClientConfig } from 'pg';
import type { Log } from './postgres-server.js';

const LONGEST_STATEMENT_MS = 10_000;
/** The database's own limit comes first; this one is for a database that no longer says anything. */
const LONGEST_SILENCE_MS = LONGEST_STATEMENT_MS + 3000;
/** A process that froze, or whose machine is gone, keeps others from the rows that it has locked for no longer. */
const LONGEST_IDLE_TRANSACTION_MS = 5000;
const IDLE_CONNECTION_MS = 60_000;

/**
 * Every statement of the server looks rows up, and must find them by an index whatever the planner believes about the
 * tables: right after an installation, a restore or a burst its statistics are wrong, and a prepared statement would keep
 * the scan that it was planned with. A statement that has no index to use still scans.
 */
export const INDEX_PLANS_ONLY =
  '-c plan_cache_mode=force_generic_plan -c enable_indexscan=on -c enable_indexonlyscan=on -c enable_nestloop=on -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';

export interface PoolOptions {
  readonly size: number;
  readonly connectTimeoutMs: number;
  readonly log: Log;
}

/** The pool for all ordinary work. */
export function openPool(connection: ClientConfig, options: PoolOptions): pg.Pool {
  return openConnections(connection, options);
}

/** A few connections that take the next statement before they have answered the last one, for `Database.pipelines`. */
export function openPipelines(connection: ClientConfig, options: PoolOptions): pg.Pool {
  // pg knows the option, its types do not.
  const pipelined = { ...connection, pipeline: true };
  return openConnections(pipelined, options);
}

/** Integers of 64 bits as numbers: sequences and sizes stay below 2^53. Prisma reads its own answers. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => {
    return type === pg.types.builtins.INT8
      ? Number
      : (pg.types.getTypeParser(type, format) as (text: string) => unknown);
  },
};

/** Every wait has an end: by default pg waits for ever. */
function openConnections(connection: ClientConfig, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    options: `${connection.options ?? ''} ${INDEX_PLANS_ONLY}`.trim(),
    types: TYPES,
    max: options.size,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: LONGEST_STATEMENT_MS,
    query_timeout: LONGEST_SILENCE_MS,
    idle_in_transaction_session_timeout: LONGEST_IDLE_TRANSACTION_MS,
    keepAlive: true,
    application_name: 'sealpost',
  });
  // Idle connections that break: the pool drops them, and the event without a listener would end the process.
  pool.on('error', (error) => {
    // While the pool closes, the embedded database may be faster than the farewell of its connections.
    if (!pool.ending) options.log.warn({ reason: error.message }, 'an idle database connection broke');
  });
  // A connection may also break while somebody has it and no statement is under way; the next statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
