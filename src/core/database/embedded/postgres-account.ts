import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { lchown, lstat, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../start-error.js';
import type { Log } from '../postgres-server.js';
import { codeOf } from './file-system.js';

const NOBODY = { uid: 65_534, gid: 65_534 };
/** Numbers that no distribution gives to people or to installed programs, and that containers have as a rule. */
const OWN_NUMBERS = { first: 61_184, end: 65_520 };
const NOT_ALLOWED = ['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP'];

export interface PostgresAccount {
  /** Who the database runs as; absent: who the server runs as. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
}

/** Who other programs run as, too: for what needs an account with a name, and where there is no other one. */
export function sharedAccount(): PostgresAccount {
  if (!isRoot()) return { spawnOptions: {} };
  try {
    const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    // macOS writes -2, which the system counts as an unsigned number.
    if (line !== null) return { spawnOptions: { uid: Number(line[1]) >>> 0, gid: Number(line[2]) >>> 0 } };
  } catch {
    // Without the file, the number that Linux reserves.
  }
  return { spawnOptions: NOBODY };
}

/** Whether other programs can read what the account can. */
export function isShared({ spawnOptions }: PostgresAccount): boolean {
  return isRoot() && spawnOptions.uid === sharedAccount().spawnOptions.uid;
}

export function warnOfSharing(account: PostgresAccount, cluster: string, log: Log): void {
  if (!isShared(account)) return;
  log.warn(
    { folder: cluster },
    'the embedded PostgreSQL runs as nobody, and other programs that do can read its files: ' +
      'start the server as a user of its own, who is given the data folder with chown -R',
  );
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * PostgreSQL refuses to run as root: root runs it as a number that is nobody else's. An ordinary user runs it as himself.
 * @returns nobody, where the system does not allow such a number, as in a container with few of them
 */
export async function newAccount(dataDir: string): Promise<PostgresAccount> {
  const shared = sharedAccount();
  if (!isRoot() || process.platform !== 'linux') return shared;
  const number = unusedNumber();
  const account = { spawnOptions: { uid: number, gid: number } };
  return (await isAllowed(account, dataDir)) ? account : shared;
}

function unusedNumber(): number {
  const used = new Set([...numbersIn('/etc/passwd'), ...numbersIn('/etc/group'), ...numbersOfProcesses()]);
  for (;;) {
    const number = randomInt(OWN_NUMBERS.first, OWN_NUMBERS.end);
    if (!used.has(number)) return number;
  }
}

function numbersIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
  } catch {
    return [];
  }
}

function numbersOfProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statSync(join('/proc', name), { throwIfNoEntry: false })?.uid ?? []);
}

/** Whether a process can be of the account, and a file in the data folder. */
async function isAllowed(account: PostgresAccount, dataDir: string): Promise<boolean> {
  const probe = spawnSync(process.execPath, ['--version'], { ...account.spawnOptions, cwd: '/', stdio: 'ignore' });
  if (probe.error !== undefined && NOT_ALLOWED.includes(codeOf(probe.error))) return false;
  const folder = await mkdtemp(join(dataDir, '.writable-'));
  try {
    await giveTo(account, folder);
    return true;
  } catch (error) {
    if (NOT_ALLOWED.includes(codeOf(error))) return false;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The owner of the existing data; null where there is none, or where it is root, after a restore. */
export async function accountOf(cluster: string): Promise<PostgresAccount | null> {
  const owner = await stat(cluster).catch(() => null);
  if (!isRoot()) {
    if (owner !== null && owner.uid !== process.getuid?.()) {
      throw new StartError(
        `The database in ${cluster} belongs to user ${owner.uid}, and the server runs as user ${process.getuid?.() ?? '?'}. ` +
          'Start the server as the user who started it first (root, if that number has no name or is nobody), or give the ' +
          'data folder to this user with chown -R.',
      );
    }
    return { spawnOptions: {} };
  }
  return owner === null || owner.uid === 0 ? null : { spawnOptions: { uid: owner.uid, gid: owner.gid } };
}

/** Gives a file or an empty folder to the account. */
export async function giveTo(account: PostgresAccount, path: string): Promise<void> {
  const { uid, gid } = account.spawnOptions;
  if (uid !== undefined && gid !== undefined) await lchown(path, uid, gid);
}

/**
 * Gives a whole cluster to the account: one that an earlier owner has, or root after a restore. It is root's until the last
 * file is given, so that an interrupted change of hands is begun again, and that the earlier owner can put nothing in the way.
 */
export async function giveCluster(account: PostgresAccount, cluster: string): Promise<void> {
  await lchown(cluster, 0, 0);
  await giveContent(account, cluster);
  await giveTo(account, cluster);
}

async function giveContent(account: PostgresAccount, folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry);
    const status = await lstat(path);
    if (status.isFile() || status.isDirectory()) await giveTo(account, path);
    if (status.isDirectory()) await giveContent(account, path);
  }
}
