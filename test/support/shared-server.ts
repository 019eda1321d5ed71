import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preparedDataFolder } from './data-folder.js';
import { embeddedConnection } from './embedded-database.js';
import { createDatabase, EXTERNAL_DATABASE_URL, queryDatabase } from './external-database.js';
import { TEST_SERVICE_ID } from './identity.js';
import { type RunningServer, startServer, TEST_SETTINGS } from './server.js';
import { LOCAL_ADDRESS, START_TIMEOUT_MS } from './server-process.js';
import { spawnBeside, startedOnce } from './started-once.js';
import { waitFor } from './wait-for.js';

/** What a test file has to know of the server, and global-teardown.mjs to end it. */
interface SharedServer {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly databaseUrl?: string;
}

/**
 * One server for all test files of a run that want nothing special of it, as its start takes longer than most files: with
 * the settings for tests, and with the users of others. Who ends it, sets it, reads its log or counts all rows of a table
 * needs `startServer()`.
 */
export async function sharedServer(): Promise<RunningServer> {
  const shared = process.env['SEALPOST_TEST_SHARED'];
  if (shared === undefined) return startServer();
  const folder = join(shared, 'server');
  const file = join(folder, 'server.json');
  const { url, dataDir, databaseUrl } = await startedOnce<SharedServer>(
    folder,
    file,
    () => start(folder),
    'the shared server',
  );
  const connection: RunningServer['connection'] = async () =>
    databaseUrl === undefined ? embeddedConnection(dataDir) : { connectionString: databaseUrl };
  const sql: RunningServer['sql'] = async (text, parameters) => queryDatabase(await connection(), text, parameters);
  return { url, serviceId: TEST_SERVICE_ID, connection, sql };
}

async function start(folder: string): Promise<void> {
  const external = EXTERNAL_DATABASE_URL === undefined ? null : await createDatabase(EXTERNAL_DATABASE_URL);
  const dataDir = await preparedDataFolder();
  const database = external === null ? {} : { databaseUrl: external.url };
  const logFile = join(folder, 'log');
  const settings = { ...TEST_SETTINGS, SEALPOST_DATA_DIR: dataDir };
  const env = external === null ? settings : { ...settings, DATABASE_URL: external.url };
  const child = await spawnBeside(['dist/main.js'], env, logFile);
  const url = await waitFor(async () => LOCAL_ADDRESS.exec(await readFile(logFile, 'utf8'))?.[0], {
    what: 'the address of the shared server',
    timeoutMs: START_TIMEOUT_MS,
  });
  const server: SharedServer = { url, pid: child.pid ?? 0, dataDir, ...database };
  await writeFile(join(folder, 'draft.json'), JSON.stringify(server));
  await rename(join(folder, 'draft.json'), join(folder, 'server.json'));
}
