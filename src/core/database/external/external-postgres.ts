import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ClientConfig } from 'pg';
import { StartError } from '../../start-error.js';
import { isDatabaseUnavailable } from '../database-errors.js';
import type { Log, PostgresServer } from '../postgres-server.js';
import { TRANSACTION_TIMEOUT_SINCE, withoutTransactionTimeout, withSessionSettings } from '../session-settings.js';

const OLDEST_MAJOR = 15;
const NEWEST_TESTED_MAJOR = 18;
/** How long a database that starts at the same time, as in a Compose file, may take. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;

export interface ExternalOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly log: Log;
}

interface ServerVersion {
  readonly number: number;
  readonly text: string;
}

/** The address without user, password and parameters. */
function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

function inWords(error: unknown): string {
  return error instanceof AggregateError
    ? error.errors.map((part: unknown) => (part instanceof Error ? part.message : '')).join('; ')
    : error instanceof Error
      ? error.message
      : 'unknown error';
}

async function askVersion(connection: ClientConfig): Promise<ServerVersion> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ number: number; text: string }>(
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text",
    );
    return rows[0] ?? { number: 0, text: 'unknown' };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What PgBouncer says, with the code of a connection that broke. Trying again does not help. */
const REFUSED_PARAMETER = /unsupported startup parameter/;

function refuseAttempt(error: unknown, address: string): never {
  const advice = REFUSED_PARAMETER.test(inWords(error)) ? '. See "Poolers" in docs/scaling.md' : '';
  throw new StartError(`The database at ${address} (DATABASE_URL) cannot be used: ${inWords(error)}${advice}`, {
    cause: error,
  });
}

async function reach(connection: ClientConfig, options: ExternalOptions): Promise<ServerVersion> {
  const address = addressOf(options.url);
  const began = Date.now();
  for (;;) {
    try {
      return await askVersion(connection);
    } catch (error) {
      const late = Date.now() - began > PATIENCE_MS;
      const passing = isDatabaseUnavailable(error) && !REFUSED_PARAMETER.test(inWords(error));
      if (late || !passing) refuseAttempt(error, address);
      options.log.warn({ address, reason: inWords(error) }, 'the database cannot be reached yet: trying again');
      await sleep(RETRY_MS);
    }
  }
}

/** `options` in the address would take the place of ours. */
function connectionTo({ url, connectTimeoutMs }: ExternalOptions): ClientConfig {
  const address = new URL(url);
  const theirs = address.searchParams.get('options');
  address.searchParams.delete('options');
  const connectionString = theirs === null ? url : address.href;
  return withSessionSettings({ connectionString, connectionTimeoutMillis: connectTimeoutMs }, theirs ?? '');
}

/** The PostgreSQL of DATABASE_URL; checks that its version is one that Sealpost works with. */
export async function connectExternal(options: ExternalOptions): Promise<PostgresServer> {
  const connection = connectionTo(options);
  const version = await reach(connection, options);
  const major = Math.floor(version.number / 10_000);
  const address = addressOf(options.url);
  if (major < OLDEST_MAJOR) {
    throw new StartError(
      `The database at ${address} (DATABASE_URL) is PostgreSQL ${version.text}; Sealpost needs ${OLDEST_MAJOR} or newer.`,
    );
  }
  if (major > NEWEST_TESTED_MAJOR) {
    options.log.warn(
      { version: version.text },
      `Sealpost was tested with PostgreSQL up to ${NEWEST_TESTED_MAJOR} only`,
    );
  }
  return {
    connection: major < TRANSACTION_TIMEOUT_SINCE ? connection : withoutTransactionTimeout(connection),
    describe: () => `PostgreSQL ${version.text} at ${address}`,
    stop: () => Promise.resolve(),
  };
}
