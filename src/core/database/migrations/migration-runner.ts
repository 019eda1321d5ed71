import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ClientConfig } from 'pg';
import { StartError } from '../../start-error.js';
import type { Log } from '../postgres-server.js';
import { type MigrationFile, readMigrations } from './migration-files.js';

/** The advisory lock of `prisma migrate`, so that it and this runner exclude each other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;
const LOCK_POLL_MS = 100;

/** The table as Prisma's schema engine makes it. */
const CREATE_HISTORY = `CREATE TABLE "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

async function lock(client: pg.Client, log: Log): Promise<void> {
  for (let waits = 0; ; waits += 1) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      PRISMA_MIGRATE_LOCK,
    ]);
    if (rows[0]?.locked === true) return;
    if (waits === 0) log.info({}, 'waiting for another replica that migrates the database');
    await sleep(LOCK_POLL_MS);
  }
}

/** Tables of extensions (PostGIS has some) do not make a database somebody else's. */
async function refuseForeignTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d
                         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY c.relname LIMIT 3`,
  );
  if (rows.length === 0) return;
  throw new StartError(
    `The database is not empty (it has ${rows.map((row) => row.name).join(', ')}) and not Sealpost's. ` +
      'Give Sealpost a database of its own.',
  );
}

async function readHistory(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) {
    await refuseForeignTables(client);
    await client.query(CREATE_HISTORY);
  }
  const history = await client.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations"
      WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return history.rows;
}

function check(history: readonly AppliedMigration[], files: readonly MigrationFile[]): void {
  const known = new Map(files.map((file) => [file.name, file]));
  for (const { migration_name: name, checksum, finished_at: finishedAt } of history) {
    const file = known.get(name);
    if (finishedAt === null) {
      throw new StartError(
        `The migration ${name} failed in this database. Repair what it left, then mark it with "prisma migrate resolve".`,
      );
    }
    if (file === undefined) {
      throw new StartError(
        `The database has the migration ${name}, which this release does not know: a newer release migrated it. Run that one.`,
      );
    }
    if (file.checksum !== checksum) {
      throw new StartError(
        `The migration ${name} was changed after it had been applied to this database. Restore its file; changes need a migration of their own.`,
      );
    }
  }
}

async function transactionNumber(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ number: string }>('SELECT pg_current_xact_id()::text AS number');
  return rows[0]?.number ?? '';
}

async function runScript(client: pg.Client, file: MigrationFile): Promise<void> {
  const before = await transactionNumber(client);
  // Without parameters PostgreSQL takes the whole file at once, whatever its statements contain.
  await client.query(file.sql);
  if ((await transactionNumber(client)) !== before) {
    throw new Error('it ends the transaction it runs in (COMMIT or ROLLBACK), so it cannot be applied as a whole');
  }
}

/** The file and its row in the history are committed together, or neither. */
async function apply(client: pg.Client, file: MigrationFile): Promise<void> {
  const startedAt = new Date();
  try {
    await client.query('BEGIN');
    await runScript(client, file);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, started_at, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, $3, $4, $5, 1)`,
      [randomUUID(), file.checksum, startedAt, new Date(), file.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new StartError(`The migration ${file.name} failed, and nothing of it was kept: ${reason}`, { cause: error });
  }
}

async function migrateWith(client: pg.Client, files: readonly MigrationFile[], log: Log): Promise<string[]> {
  await lock(client, log);
  const history = await readHistory(client);
  check(history, files);
  const applied = new Set(history.map((row) => row.migration_name));
  const pending = files.filter((file) => !applied.has(file.name));
  for (const file of pending) {
    await apply(client, file);
    log.info({ migration: file.name }, 'applied a migration');
  }
  return pending.map((file) => file.name);
}

function inWords(error: unknown): StartError {
  if (error instanceof StartError) return error;
  const reason = error instanceof Error ? error.message : 'unknown error';
  return new StartError(`The database could not be migrated: ${reason}`, { cause: error });
}

/**
 * Brings the database's schema up to date with the files, as `prisma migrate deploy` would, and returns the names of
 * the migrations it applied. A failed, changed or unknown one is a StartError with its name.
 */
export async function migrate(connection: ClientConfig, folder: string, log: Log): Promise<string[]> {
  const files = await readMigrations(folder);
  const client = new pg.Client({ ...connection, application_name: 'sealpost-migrations', keepAlive: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await migrateWith(client, files, log);
  } catch (error) {
    throw inWords(error);
  } finally {
    // The end of the session frees the lock.
    await client.end().catch(() => undefined);
  }
}
