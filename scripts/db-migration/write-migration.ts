import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { listMigrations, NO_FILTERS, schemaFiles, withSchemaEngine } from './schema-engine.js';

/** The engine's exit code for "they differ". */
const DIFFERENT = 2;

/** The SQL that leads from the migrations to the schema, or null if they agree. */
export async function missingMigration(
  connection: ClientConfig,
  schema: string,
  folder: string,
): Promise<string | null> {
  const migrations = await listMigrations(folder);
  const difference = await withSchemaEngine(connection, schema, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', ...schemaFiles(schema) },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    }),
  );
  return difference.exitCode === DIFFERENT ? (difference.stdout ?? '') : null;
}

/** Its folder: the time to the second, in UTC as Prisma writes it, and the name. */
function folderName(name: string, now: Date): string {
  const time = now.toISOString().replaceAll(/[^0-9]/g, '');
  return `${time.slice(0, 14)}_${name}`;
}

/** Writes the next migration and returns its file, or null if there is nothing to write. */
export async function writeMigration(
  connection: ClientConfig,
  schema: string,
  folder: string,
  name: string,
): Promise<string | null> {
  const sql = await missingMigration(connection, schema, folder);
  if (sql === null) return null;
  const target = join(folder, folderName(name, new Date()));
  await mkdir(target);
  const file = join(target, 'migration.sql');
  await writeFile(file, sql, { flag: 'wx' });
  return file;
}
