import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase } from '../../src/core/database/index.js';
import type { DatabaseSettings, Log, RunningDatabase } from '../../src/core/database/index.js';
import { createDatabase, EXTERNAL_DATABASE_URL } from './external-database.js';

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestDatabase extends RunningDatabase {
  readonly settings: DatabaseSettings;
}

export function databaseSettings(dataDir: string, databaseUrl?: string): DatabaseSettings {
  return { dataDir, databaseUrl, databasePoolSize: 5, databaseConnectTimeoutMs: 5000 };
}

/**
 * A migrated database of its own for one test file: on the PostgreSQL of TEST_DATABASE_URL if that is set, else an
 * embedded one in a temporary folder. `stop` removes it.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealpost-test-'));
  const external = EXTERNAL_DATABASE_URL === undefined ? null : await createDatabase(EXTERNAL_DATABASE_URL);
  const settings = databaseSettings(dataDir, external?.url);
  const running = await startDatabase(settings, silentLog);
  return {
    ...running,
    settings,
    stop: async () => {
      await running.stop();
      await external?.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
