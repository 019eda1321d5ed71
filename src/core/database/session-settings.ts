import type { ClientConfig } from 'pg';

/**
 * What the code relies on, whatever the database, the role or the environment have as their defaults. The values are as
 * PostgreSQL shows them. The time that a statement may take has no limit here; the pools set theirs.
 */
export const RELIED_ON: Readonly<Record<string, string>> = {
  // How values look: the drivers read them as text.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  client_encoding: 'UTF8',
  // What statements mean.
  search_path: 'public',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  // What a transaction may do, and what its end promises.
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  // When the database gives up. It is the server that decides this.
  lock_timeout: '0',
  idle_session_timeout: '0',
  exit_on_error: 'off',
};

/** Limits that are off by default; the connections of the pools set theirs. */
const UNLIMITED = { statement_timeout: '0', idle_in_transaction_session_timeout: '0' };

/** The value as `options` of a start packet have it: a space ends it unless it is escaped. */
function asOption([name, value]: readonly [string, string]): string {
  return `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`;
}

/** For the start of a session. What is said later counts, so anything may follow. */
export const SESSION_OPTIONS = Object.entries({ ...RELIED_ON, ...UNLIMITED })
  .map(asOption)
  .join(' ');

/**
 * The connection with everything that the code relies on, so that whoever opens it has it.
 * @param options those that the administrator gave, which may add to ours and not replace them
 */
export function withSessionSettings(connection: ClientConfig, options = ''): ClientConfig {
  return { ...connection, client_encoding: 'UTF8', options: `${options} ${SESSION_OPTIONS}`.trim() };
}

/** Older versions refuse a session that names it. */
export const TRANSACTION_TIMEOUT_SINCE = 17;

export function withoutTransactionTimeout(connection: ClientConfig): ClientConfig {
  return { ...connection, options: `${connection.options ?? ''} -c transaction_timeout=0` };
}
