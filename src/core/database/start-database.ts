import { StartError } from '../start-error.js';
import { openPipelines, openPool } from './connection-pool.js';
import type { Database } from './database.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { OccupiedError } from './embedded/supervision.js';
import { connectExternal } from './external/external-postgres.js';
import { ListeningConnection } from './listening-connection.js';
import type { Log } from './log.js';
import { packagedMigrations } from './migrations/migration-files.js';
import { migrate } from './migrations/migration-runner.js';
import type { Notifications } from './notifications.js';
import type { PostgresServer } from './postgres-server.js';
import { PrismaDatabase } from './prisma-database.js';
import { PrismaTransactions } from './prisma-transactions.js';
import type { Transactions } from './transactions.js';

/** One transaction works while the one before it is being committed; more would only compete for the same rows. */
const PIPELINES = 2;
/** Beyond the pool: the pipelines, the owner's session, listeners, migrations, administrators' commands, backups. */
const FURTHER_CONNECTIONS = 24;

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
  /** Called once if another server took the embedded database over, so that this one must stop. */
  readonly onLost?: (error: StartError) => void;
}

export interface RunningDatabase {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly notifications: Notifications;
  /** One line for the start message: which PostgreSQL, and where its data is. */
  describe(): string;
  /** Closes the connections, and stops the embedded PostgreSQL. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts or reaches the database, brings its schema up to date, and opens the pool. Throws StartError. */
export async function startDatabase(
  settings: DatabaseSettings,
  log: Log,
  options: StartDatabaseOptions = {},
): Promise<RunningDatabase> {
  return open(await startServer(settings, log, options), settings, log);
}

/**
 * The same for the administrator's command: uses the embedded PostgreSQL of a running server, or starts it for as long
 * as the command runs.
 */
export async function openDatabaseForAdmin(settings: DatabaseSettings, log: Log): Promise<RunningDatabase> {
  return open(await findOrStartServer(settings, log), settings, log);
}

function startServer(settings: DatabaseSettings, log: Log, options: StartDatabaseOptions): Promise<PostgresServer> {
  if (settings.databaseUrl !== undefined) {
    return connectExternal({ url: settings.databaseUrl, connectTimeoutMs: settings.databaseConnectTimeoutMs, log });
  }
  const maxConnections = settings.databasePoolSize + FURTHER_CONNECTIONS;
  return EmbeddedPostgres.start({ dataDir: settings.dataDir, maxConnections, log, ...options });
}

async function findOrStartServer(settings: DatabaseSettings, log: Log): Promise<PostgresServer> {
  if (settings.databaseUrl !== undefined) return startServer(settings, log, {});
  const running = await EmbeddedPostgres.findRunning(settings.dataDir);
  if (running !== null) return running;
  try {
    return await startServer(settings, log, {});
  } catch (error) {
    // A server was started in the meantime.
    const started = error instanceof OccupiedError ? await EmbeddedPostgres.findRunning(settings.dataDir) : null;
    if (started === null) throw error;
    return started;
  }
}

async function open(server: PostgresServer, settings: DatabaseSettings, log: Log): Promise<RunningDatabase> {
  try {
    await migrate(server.connection, packagedMigrations(), log);
    const options = { connectTimeoutMs: settings.databaseConnectTimeoutMs, log };
    const database = new PrismaDatabase(
      openPool(server.connection, { ...options, size: settings.databasePoolSize }),
      openPipelines(server.connection, { ...options, size: PIPELINES }),
    );
    await database.prisma.$connect();
    const notifications = new ListeningConnection(server.connection, database.pool, options);
    return {
      database,
      notifications,
      transactions: new PrismaTransactions(database.prisma, settings.databaseConnectTimeoutMs),
      describe: () => server.describe(),
      stop: once(async () => {
        await notifications.close();
        await database.close();
        await server.stop();
      }),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null;
  return () => (result ??= work());
}
