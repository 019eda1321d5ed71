import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, chmod, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../start-error.js';
import { newCredentials, SUPERUSER } from './credentials.js';
import { codeOf, exists, readIfThere } from './file-system.js';
import { accountFor, giveTo, giveTree, isRoot } from './postgres-account.js';
import type { PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { passage, removeDrafts } from './postgres-folder.js';
import type { PostgresFolder } from './postgres-folder.js';

const run = promisify(execFile);

/**
 * How the database is told where its files are. Started by root on Linux it works from its current folder, which it
 * inherits and keeps, so that it needs no right to enter the folders above (a project in /root, say).
 */
export function clusterArgument(cluster: string): string {
  return isRoot() && process.platform === 'linux' ? '/proc/self/cwd' : cluster;
}

/** Nothing of the server's environment (PGDATA, PGPORT, LD_…) reaches PostgreSQL. */
export const POSTGRES_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function initdbArguments(cluster: string, passwordFile: string): string[] {
  return [
    `--pgdata=${clusterArgument(cluster)}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    // Built in: a system upgrade never changes the order of texts under an index.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
  ];
}

async function initialise(draft: string, binaries: PostgresBinaries, account: PostgresAccount): Promise<void> {
  const cluster = join(draft, 'cluster');
  const passwordFile = join(draft, 'initial-password');
  const credentials = newCredentials();
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, `${credentials.superuser}\n`, { mode: 0o600 });
  for (const path of [cluster, passwordFile]) await giveTo(account, path);
  try {
    const passwordArgument = clusterArgument(cluster) === cluster ? passwordFile : '../initial-password';
    await run(binaries.initdb, initdbArguments(cluster, passwordArgument), {
      ...account.spawnOptions,
      cwd: cluster,
      env: POSTGRES_ENVIRONMENT,
    });
  } catch (error) {
    const stderr = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new StartError(`The embedded database could not be set up in ${draft}: ${stderr || codeOf(error)}`, {
      cause: error,
    });
  }
  await rm(passwordFile);
  await writeFile(join(draft, 'credentials.json'), `${JSON.stringify(credentials)}\n`, { mode: 0o600, flush: true });
}

/** The whole folder appears at once, with its passwords, or not at all. */
async function create(folder: PostgresFolder, binaries: PostgresBinaries, account: PostgresAccount): Promise<void> {
  const draft = await mkdtemp(join(folder.dataDir, 'postgres.new-'));
  try {
    await chmod(draft, passage());
    await initialise(draft, binaries, account);
    await sync(draft);
    await rename(draft, folder.path);
    await sync(folder.dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function checkVersion(folder: PostgresFolder, binaries: PostgresBinaries): Promise<void> {
  const found = (await readIfThere(join(folder.cluster, 'PG_VERSION')))?.trim();
  const expected = binaries.version.split('.')[0];
  if (found === expected) return;
  throw new StartError(
    found === undefined
      ? `${folder.cluster} holds no database, though it exists. Restore it from a backup, or move ${folder.path} away to begin anew.`
      : `The database in ${folder.cluster} is of PostgreSQL ${found}, and this release embeds PostgreSQL ${binaries.version}. ` +
          'See "Upgrades" in docs/operations.md.',
  );
}

/** After the first start this only checks that what is there can be used. */
export async function prepareCluster(
  folder: PostgresFolder,
  locate: (account: PostgresAccount) => Promise<PostgresBinaries>,
): Promise<{ account: PostgresAccount; binaries: PostgresBinaries; created: boolean }> {
  const account = await accountFor(folder.cluster);
  const binaries = await locate(account);
  const created = !(await exists(folder.path));
  if (created) {
    await removeDrafts(folder);
    await create(folder, binaries, account);
  } else {
    await checkVersion(folder, binaries);
    const owner = await stat(folder.cluster);
    if (isRoot() && owner.uid === 0) await giveTree(account, folder.cluster);
    if (isRoot()) await chmod(folder.path, passage());
  }
  return { account, binaries, created };
}
