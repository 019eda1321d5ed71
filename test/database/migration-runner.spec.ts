import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { ClientConfig } from 'pg';
import { migrate } from '../../src/core/database/migrations/migration-runner.js';
import { StartError } from '../../src/core/start-error.js';
import { silentLog } from '../support/test-database.js';
import { MigrationFolder, query, startEmptyServer } from './support/migrations.js';
import type { EmptyServer } from './support/migrations.js';

const FIRST = '20260101000000_first';
const SECOND = '20260102000000_second';

describe('The migration runner', () => {
  let server: EmptyServer;
  let connection: ClientConfig;
  let folder: MigrationFolder;

  beforeAll(async () => {
    server = await startEmptyServer();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    connection = await server.createDatabase();
    folder = await MigrationFolder.of({
      [FIRST]: `CREATE TABLE story (id int); INSERT INTO story VALUES (1);
        CREATE FUNCTION twice(n int) RETURNS int AS $$ BEGIN RETURN n; -- a semicolon; within
        RETURN 2 * n; END $$ LANGUAGE plpgsql;`,
    });
  });

  afterEach(() => folder.remove());

  const run = (): Promise<string[]> => migrate(connection, folder.path, silentLog);
  const tables = async (): Promise<string[]> => {
    const rows = await query<{ name: string }>(
      connection,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map((row) => row.name);
  };
  const history = (): Promise<{ name: string }[]> =>
    query(connection, 'SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at');

  it('the migration runner applies what is missing, in order, and nothing twice', async () => {
    expect(await run()).toEqual([FIRST]);
    expect(await run()).toEqual([]);
    await folder.write(SECOND, 'ALTER TABLE story ADD COLUMN title text');
    expect(await run()).toEqual([SECOND]);
    expect(await history()).toEqual([{ name: FIRST }, { name: SECOND }]);
  });

  it('the migration runner keeps nothing of a migration whose second statement fails, and says which it was', async () => {
    await run();
    await folder.write(SECOND, 'CREATE TABLE half (id int); INSERT INTO no_such_table VALUES (1);');
    await expect(run()).rejects.toThrow(new RegExp(`${SECOND} failed.*no_such_table`));
    expect(await tables()).toEqual(['_prisma_migrations', 'story']);
    expect(await history()).toEqual([{ name: FIRST }]);
    await folder.write(SECOND, 'CREATE TABLE half (id int)');
    expect(await run()).toEqual([SECOND]);
  });

  it('the migration runner refuses a migration that ends its transaction', async () => {
    await folder.write(SECOND, 'CREATE TABLE early (id int); COMMIT; CREATE TABLE late (id int);');
    await expect(run()).rejects.toThrow(new RegExp(`${SECOND}.*COMMIT`));
    expect(await history()).toEqual([{ name: FIRST }]);
  });

  it('the migration runner stops at a migration that was changed after it had been applied', async () => {
    await run();
    await folder.write(FIRST, 'CREATE TABLE story (id bigint)');
    await expect(run()).rejects.toThrow(new RegExp(`${FIRST} was changed`));
  });

  it('the migration runner stops at a database that a newer release has migrated', async () => {
    await folder.write(SECOND, 'CREATE TABLE newer (id int)');
    await run();
    await folder.remove(SECOND);
    await expect(run()).rejects.toThrow(new RegExp(`${SECOND}.*newer release`));
  });

  it('the migration runner stops at a migration that prisma migrate deploy has left failed', async () => {
    await run();
    await query(
      connection,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('${'0'.repeat(36)}', 'none', '${SECOND}')`,
    );
    await folder.write(SECOND, 'CREATE TABLE newer (id int)');
    await expect(run()).rejects.toThrow(new RegExp(`${SECOND} failed`));
    await query(connection, 'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL');
    expect(await run()).toEqual([SECOND]);
  });

  it("the migration runner leaves a database with other people's tables alone", async () => {
    await query(connection, 'CREATE TABLE customers (id int)');
    await expect(run()).rejects.toThrow(/not empty \(it has customers\)/);
    expect(await tables()).toEqual(['customers']);
  });

  it('the migration runner applies each migration once when replicas start together', async () => {
    await folder.write(SECOND, 'ALTER TABLE story ADD COLUMN title text');
    const applied = await Promise.all([run(), run(), run(), run()]);
    expect(applied.flat().sort()).toEqual([FIRST, SECOND]);
    expect(await history()).toHaveLength(2);
  });

  it('the migration runner waits while prisma migrate holds its lock', async () => {
    const prisma = new pg.Client(connection);
    await prisma.connect();
    await prisma.query('SELECT pg_advisory_lock(72707369)');
    const waiting: string[] = [];
    const running = migrate(connection, folder.path, {
      ...silentLog,
      info: (_context, message) => {
        waiting.push(message);
        if (message.startsWith('waiting')) void prisma.end();
      },
    });
    expect(await running).toEqual([FIRST]);
    expect(waiting[0]).toMatch(/waiting for another replica/);
  });

  it('the migration runner says what the database refuses', async () => {
    const limited = { ...connection, options: '-c default_transaction_read_only=on' };
    const attempt = migrate(limited, folder.path, silentLog);
    await expect(attempt).rejects.toThrow(/^The database could not be migrated: .*read-only/);
    await expect(attempt).rejects.toBeInstanceOf(StartError);
  });
});
