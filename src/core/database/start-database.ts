import { abortable } from '../abortable.js';
import { StartError } from '../start-error.js';
import { checkSession } from './check-session.js';
import { openPipelines, openPool } from './connection-pool.js';
import type { Database } from './database.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { OccupiedError } from './embedded/supervision.js';
import { connectExternal } from './external/external-postgres.js';
import { ListeningConnection } from './listening-connection.js';
import type { Log, PostgresServer } from './postgres-server.js';
import { packagedMigrations } from './migrations/migration-files.js';
import { migrate } from './migrations/migration-runner.js';
import type { Notifications } from './notifications.js';
import { PrismaDatabase } from './prisma-database.js';
import { PrismaTransactions } from './prisma-transactions.js';
import type { Transactions } from './transactions.js';

/** One transaction works while the one before it is being committed; more would only compete for the same rows. */
const PIPELINES = 2;
/** Beyond the pool: the pipelines, the owner's session, listeners, migrations, administrators' commands, backups. */
const FURTHER_CONNECTIONS = 24;
/** First starts take a second, and recovery after a crash can take minutes on a slow disk. */
const STARTING_PATIENCE_MS = 120_000;

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
  /** Stops the start, with its reason as the error. */
  readonly signal?: AbortSignal;
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
  return open(await startServer(settings, log, options), settings, log, options.signal);
}

/**
 * Opens the database for the administrator's command: uses the embedded PostgreSQL of a running server, or starts it
 * for as long as the command runs.
 */
export async function openDatabaseForAdmin(settings: DatabaseSettings, log: Log): Promise<RunningDatabase> {
  return open(await findOrStartServer(settings, log), settings, log);
}

function startServer(settings: DatabaseSettings, log: Log, options: StartDatabaseOptions): Promise<PostgresServer> {
  if (settings.databaseUrl !== undefined) {
    const { databaseUrl: url, databaseConnectTimeoutMs: connectTimeoutMs } = settings;
    return abortable(connectExternal({ url, connectTimeoutMs, log }), options.signal);
  }
  const maxConnections = settings.databasePoolSize + FURTHER_CONNECTIONS;
  return EmbeddedPostgres.start({ dataDir: settings.dataDir, maxConnections, log, ...options });
}

async function findOrStartServer(settings: DatabaseSettings, log: Log): Promise<PostgresServer> {
  if (settings.databaseUrl !== undefined) return startServer(settings, log, {});
  for (const end = Date.now() + STARTING_PATIENCE_MS; ;) {
    const running = await EmbeddedPostgres.findRunning(settings.dataDir);
    if (running !== null) return running;
    try {
      return await startServer(settings, log, {});
    } catch (error) {
      // A server that starts at the moment: its database answers soon. The attempt has waited for a while.
      if (!(error instanceof OccupiedError) || Date.now() > end) throw error;
    }
  }
}

/** What another connection does is undone by the database when it ends. */
async function prepare(server: PostgresServer, log: Log): Promise<void> {
  await checkSession(server.connection, log);
  await migrate(server.connection, packagedMigrations(), log);
}

async function open(
  server: PostgresServer,
  settings: DatabaseSettings,
  log: Log,
  signal?: AbortSignal,
): Promise<RunningDatabase> {
  try {
    await abortable(prepare(server, log), signal);
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
