import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_SERVICE_ID } from './identity.js';
import { ServerProcess } from './server-process.js';

const run = promisify(execFile);

/** An empty data folder, for a first start. */
export async function emptyDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sealpost-test-'));
}

/**
 * A data folder with an embedded database that is set up and migrated, but has no secrets and no rows: a copy of one
 * that each run of Jest makes when it first needs it, as setting it up takes longer than all the rest of a start.
 */
export async function preparedDataFolder(): Promise<string> {
  const shared = process.env['SEALPOST_TEST_SHARED'];
  const folder = await emptyDataFolder();
  if (shared === undefined) return folder;
  const template = join(shared, 'data');
  if (!existsSync(template)) await makeTemplate(shared, template);
  await copyTree(template, folder);
  return folder;
}

/** Two test files may do this at the same time: the first to finish wins. */
async function makeTemplate(shared: string, template: string): Promise<void> {
  const draft = await mkdtemp(join(shared, 'draft-'));
  const server = new ServerProcess({
    SEALPOST_DATA_DIR: draft,
    SEALPOST_PORT: '0',
    SEALPOST_SERVICE_ID: TEST_SERVICE_ID,
  });
  try {
    await server.address();
  } finally {
    await server.end();
  }
  await rm(join(draft, 'secrets.json'));
  await rename(draft, template).catch((error: unknown) => {
    if (!existsSync(template)) throw error;
  });
}

/** What is in a folder, into one that is there. With owners and modes, which Node's own copy would not keep. */
export async function copyTree(from: string, to: string): Promise<void> {
  // Not join(), which would drop the dot, and so copy the folder itself.
  await run('cp', ['-Rp', `${from}/.`, to]);
}
