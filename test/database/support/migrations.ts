import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { ClientConfig } from 'pg';
import { EmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { createDatabase, EXTERNAL_DATABASE_URL } from '../../support/external-database.js';
import { silentLog } from '../../support/test-database.js';

export interface EmptyServer {
  /** A new, empty database whose user may create others. */
  createDatabase(): Promise<ClientConfig>;
  stop(): Promise<void>;
}

/** A PostgreSQL without Sealpost's schema: that of TEST_DATABASE_URL, or an embedded one. */
export async function startEmptyServer(): Promise<EmptyServer> {
  if (EXTERNAL_DATABASE_URL !== undefined) return externalServer(EXTERNAL_DATABASE_URL);
  const dataDir = await mkdtemp(join(tmpdir(), 'sealpost-test-'));
  const server = await EmbeddedPostgres.start({ dataDir, maxConnections: 40, log: silentLog });
  let count = 0;
  return {
    createDatabase: async () => {
      count += 1;
      const database = `story_${count}`;
      await query(server.administration, `CREATE DATABASE ${database}`);
      return { ...server.administration, database };
    },
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function externalServer(url: string): EmptyServer {
  const created: (() => Promise<void>)[] = [];
  return {
    createDatabase: async () => {
      const database = await createDatabase(url);
      created.push(() => database.drop());
      return { connectionString: database.url };
    },
    stop: async () => {
      for (const drop of created) await drop();
    },
  };
}

export async function query<Row extends pg.QueryResultRow>(connection: ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A folder of migrations that tests may change. */
export class MigrationFolder {
  private constructor(readonly path: string) {}

  static async of(files: Readonly<Record<string, string>>): Promise<MigrationFolder> {
    const folder = new MigrationFolder(await mkdtemp(join(tmpdir(), 'sealpost-migrations-')));
    await writeFile(join(folder.path, 'migration_lock.toml'), 'provider = "postgresql"\n');
    for (const [name, sql] of Object.entries(files)) await folder.write(name, sql);
    return folder;
  }

  static async copyOf(path: string): Promise<MigrationFolder> {
    const folder = await MigrationFolder.of({});
    await cp(path, folder.path, { recursive: true });
    return folder;
  }

  async write(name: string, sql: string): Promise<void> {
    await mkdir(join(this.path, name), { recursive: true });
    await writeFile(join(this.path, name, 'migration.sql'), sql);
  }

  async remove(name = ''): Promise<void> {
    await rm(join(this.path, name), { recursive: true, force: true });
  }
}
