import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { preparedDataFolder } from './data-folder.js';
import { embeddedConnection } from './embedded-database.js';
import { createDatabase, EXTERNAL_DATABASE_URL, queryDatabase } from './external-database.js';
import { TEST_SERVICE_ID } from './identity.js';
import { type RunningServer, startServer, TEST_SETTINGS } from './server.js';
import { LOCAL_ADDRESS, START_TIMEOUT_MS } from './server-process.js';
import { waitFor } from './wait-for.js';

const PROJECT = resolve(import.meta.dirname, '../..');

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
  // Only one of the files that come here at once can make the folder; the others wait for what it starts.
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) await start(folder);
  const { url, dataDir, databaseUrl } = await waitFor(() => readServer(folder), {
    what: 'the shared server',
    timeoutMs: START_TIMEOUT_MS,
  });
  const connection: RunningServer['connection'] = async () =>
    databaseUrl === undefined ? embeddedConnection(dataDir) : { connectionString: databaseUrl };
  const sql: RunningServer['sql'] = async (text, parameters) => queryDatabase(await connection(), text, parameters);
  return { url, serviceId: TEST_SERVICE_ID, connection, sql };
}

async function readServer(folder: string): Promise<SharedServer> {
  return JSON.parse(await readFile(join(folder, 'server.json'), 'utf8')) as SharedServer;
}

async function start(folder: string): Promise<void> {
  const external = EXTERNAL_DATABASE_URL === undefined ? null : await createDatabase(EXTERNAL_DATABASE_URL);
  const dataDir = await preparedDataFolder();
  const database = external === null ? {} : { databaseUrl: external.url };
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const log = await open(join(folder, 'log'), 'a');
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: PROJECT,
    env: {
      ...{ PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) },
      ...TEST_SETTINGS,
      SEALPOST_DATA_DIR: dataDir,
      ...(external === null ? {} : { DATABASE_URL: external.url }),
    },
    // Not through this process, which ends before it.
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  const url = await waitFor(async () => LOCAL_ADDRESS.exec(await readFile(join(folder, 'log'), 'utf8'))?.[0], {
    what: 'the address of the shared server',
    timeoutMs: START_TIMEOUT_MS,
  });
  const server: SharedServer = { url, pid: child.pid ?? 0, dataDir, ...database };
  await writeFile(join(folder, 'draft.json'), JSON.stringify(server));
  await rename(join(folder, 'draft.json'), join(folder, 'server.json'));
}
