import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { listMigrations, NO_FILTERS, schemaFiles, withSchemaEngine } from '../../scripts/db-migration/schema-engine.js';
import type { SchemaEngine } from '../../scripts/db-migration/schema-engine.js';
import { writeMigration } from '../../scripts/db-migration/write-migration.js';
import { packagedMigrations } from '../../src/core/database/migrations/migration-files.js';
import { migrate } from '../../src/core/database/migrations/migration-runner.js';
import { silentLog } from '../support/test-database.js';
import { MigrationFolder, query, startEmptyServer } from './support/migrations.js';
import type { EmptyServer } from './support/migrations.js';

type Target = Parameters<SchemaEngine['diff']>[0]['from'];

describe('The schema and its migrations', () => {
  const migrations = packagedMigrations();
  let server: EmptyServer;
  let schema = '';
  let folder: MigrationFolder | undefined;

  beforeAll(async () => {
    schema = await readFile(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
    server = await startEmptyServer();
  });

  afterAll(async () => {
    await folder?.remove();
    await server.stop();
  });

  const differ = async (from: Target, to: Target, connection: ClientConfig): Promise<string | null> => {
    const result = await withSchemaEngine(connection, schema, (engine) =>
      engine.diff({ from, to, script: true, exitCode: true, filters: NO_FILTERS }),
    );
    return result.exitCode === 0 ? null : (result.stdout ?? 'differ');
  };

  it('the schema and its migrations agree in both directions', async () => {
    const connection = await server.createDatabase();
    const written: Target = { tag: 'migrations', ...(await listMigrations(migrations)) };
    const wanted: Target = { tag: 'schemaDatamodel', ...schemaFiles(schema) };
    expect(await differ(written, wanted, connection)).toBeNull();
    expect(await differ(wanted, written, connection)).toBeNull();
  });

  it('the schema and its migrations agree with the database that the runner makes of them', async () => {
    const connection = await server.createDatabase();
    await migrate(connection, migrations, silentLog);
    const live: Target = { tag: 'schemaDatasource', configDir: '.', ...schemaFiles(schema) };
    const wanted: Target = { tag: 'schemaDatamodel', ...schemaFiles(schema) };
    expect(await differ(live, wanted, connection)).toBeNull();
    expect(await differ(wanted, live, connection)).toBeNull();
  });

  it('the schema and its migrations would be found to drift after any change of the schema', async () => {
    const connection = await server.createDatabase();
    const changed = `${schema}\nmodel Story {\n  id Int @id\n}\n`;
    const written: Target = { tag: 'migrations', ...(await listMigrations(migrations)) };
    const wanted: Target = { tag: 'schemaDatamodel', ...schemaFiles(changed) };
    expect(await differ(written, wanted, connection)).toContain('CREATE TABLE "Story"');
    expect(await differ(wanted, written, connection)).toContain('DROP TABLE "public"."Story"');
  });

  it('the schema and its migrations leave nothing to do for prisma migrate deploy', async () => {
    const connection = await server.createDatabase();
    await migrate(connection, migrations, silentLog);
    const migrationsList = await listMigrations(migrations);
    await withSchemaEngine(connection, schema, async (engine) => {
      const diagnosis = await engine.diagnoseMigrationHistory({
        migrationsList,
        optInToShadowDatabase: false,
        filters: NO_FILTERS,
      });
      expect(diagnosis).toMatchObject({ editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true });
      expect(diagnosis.history ?? null).toBeNull();
      const applied = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
      expect(applied.appliedMigrationNames).toEqual([]);
    });
  });

  it('the schema and its migrations leave the same history, row by row and column by column, as prisma migrate deploy', async () => {
    const [ours, theirs] = [await server.createDatabase(), await server.createDatabase()];
    await migrate(ours, migrations, silentLog);
    const migrationsList = await listMigrations(migrations);
    await withSchemaEngine(theirs, schema, (engine) => engine.applyMigrations({ migrationsList, filters: NO_FILTERS }));
    const columns = `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
      FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
    expect(await query(ours, columns)).toEqual(await query(theirs, columns));
    const rows = `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, length(id) AS id_length,
      finished_at >= started_at AS in_order FROM _prisma_migrations ORDER BY migration_name`;
    expect(await query(ours, rows)).toEqual(await query(theirs, rows));
    expect(await migrate(theirs, migrations, silentLog)).toEqual([]);
  });

  it('the schema and its migrations get their next migration written from the schema', async () => {
    const connection = await server.createDatabase();
    folder = await MigrationFolder.copyOf(migrations);
    const changed = `${schema}\nmodel Story {\n  id Int @id\n}\n`;
    expect(await writeMigration(connection, schema, folder.path, 'nothing')).toBeNull();
    const file = await writeMigration(connection, changed, folder.path, 'add_story');
    expect(file).toMatch(/\/\d{14}_add_story\/migration\.sql$/);
    expect(await writeMigration(connection, changed, folder.path, 'again')).toBeNull();
    const applied = await migrate(connection, folder.path, silentLog);
    expect(applied.at(-1)).toMatch(/_add_story$/);
    expect(await query(connection, 'SELECT * FROM "Story"')).toEqual([]);
  });
});
