import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tryKernelLock, type KernelLock } from '@sealpost/file-lock';
import { StartError } from '../../start-error.js';
import { newCredentials, SUPERUSER } from './credentials.js';
import { codeOf, exists, readIfThere } from './file-system.js';
import { accountOf, giveCluster, giveTo, isRoot, isShared, newAccount, sharedAccount } from './postgres-account.js';
import { postmasterOf } from './lock-files.js';
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
export const POSTGRES_ENVIRONMENT = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  // glibc would give the memory of each statement back to the kernel, and fetch it anew for the next one: a quarter to a half of
  // what an inbox page costs. docs/operations.md
  MALLOC_TOP_PAD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '33554432',
  MALLOC_MMAP_THRESHOLD_: '33554432',
};

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

/** What a first start goes by. */
interface NewCluster {
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly signal: AbortSignal | undefined;
}

async function initialise(draft: string, { binaries, account, signal }: NewCluster): Promise<void> {
  const cluster = join(draft, 'cluster');
  const passwordFile = join(draft, 'initial-password');
  const credentials = newCredentials();
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, `${credentials.superuser}\n`, { mode: 0o600 });
  // initdb wants an account with a name, which the server itself does not.
  const maker = sharedAccount();
  for (const path of [cluster, passwordFile]) await giveTo(maker, path);
  try {
    const passwordArgument = clusterArgument(cluster) === cluster ? passwordFile : '../initial-password';
    await run(binaries.initdb, initdbArguments(cluster, passwordArgument), {
      ...maker.spawnOptions,
      cwd: cluster,
      env: POSTGRES_ENVIRONMENT,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    const stderr = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new StartError(`The embedded database could not be set up in ${draft}: ${stderr || codeOf(error)}`, {
      cause: error,
    });
  }
  await rm(passwordFile);
  if (isRoot()) await giveCluster(account, cluster);
  await writeFile(join(draft, 'credentials.json'), `${JSON.stringify(credentials)}\n`, { mode: 0o600, flush: true });
}

/** The whole folder appears at once, with its passwords, or not at all. */
async function create(folder: PostgresFolder, cluster: NewCluster): Promise<void> {
  const draft = await mkdtemp(join(folder.dataDir, 'postgres.new-'));
  try {
    await chmod(draft, passage());
    await initialise(draft, cluster);
    await sync(draft);
    await rename(draft, folder.path);
    await sync(folder.dataDir);
  } finally {
    // An initdb that was stopped may still be writing for a moment.
    await rm(draft, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
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

/**
 * Whether an owner has to stay: one who has run the server himself, and one whose files lie in part where links of an
 * administrator point to.
 */
async function isFixed({ path, cluster }: PostgresFolder): Promise<boolean> {
  if ((await lstat(path)).uid !== 0) return true;
  const wal = await lstat(join(cluster, 'pg_wal')).catch(() => null);
  if (wal?.isSymbolicLink() === true) return true;
  return (await readdir(join(cluster, 'pg_tblspc')).catch(() => [])).length > 0;
}

/** Whether no PostgreSQL can be working on the files, be it in another container. */
async function hasEnded(folder: PostgresFolder, running: KernelLock | null): Promise<boolean> {
  if (running === null || (await postmasterOf(folder)) !== null) return false;
  return running.state === 'locked' || !(await exists(join(folder.cluster, 'postmaster.pid')));
}

/** Files of root, who restored them, or of an account that others have, too, get an owner of their own. */
async function settle(folder: PostgresFolder): Promise<PostgresAccount> {
  const owner = await accountOf(folder.cluster);
  if (owner !== null && (!isShared(owner) || (await isFixed(folder)))) return owner;
  const running = await tryKernelLock(folder.running);
  try {
    // A PostgreSQL that was left behind still needs its files: they change hands at a later start.
    if (owner !== null && !(await hasEnded(folder, running))) return owner;
    const account = await newAccount(folder.dataDir);
    if (owner === null || !isShared(account)) await giveCluster(account, folder.cluster);
    return account;
  } finally {
    await running?.handle.close();
  }
}

/** After the first start this only checks that what is there can be used. */
export async function prepareCluster(
  folder: PostgresFolder,
  locate: (account: PostgresAccount) => Promise<PostgresBinaries>,
  signal?: AbortSignal,
): Promise<{ account: PostgresAccount; binaries: PostgresBinaries; created: boolean }> {
  if (!(await exists(folder.path))) {
    const account = await newAccount(folder.dataDir);
    const binaries = await locate(account);
    await removeDrafts(folder);
    await create(folder, { binaries, account, signal });
    return { account, binaries, created: true };
  }
  const binaries = await locate((await accountOf(folder.cluster)) ?? sharedAccount());
  await checkVersion(folder, binaries);
  if (isRoot()) await chmod(folder.path, passage());
  return { account: await settle(folder), binaries, created: false };
}
