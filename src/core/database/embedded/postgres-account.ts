import { readFileSync } from 'node:fs';
import { chown, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../start-error.js';

const NOBODY = { uid: 65_534, gid: 65_534 };

export interface PostgresAccount {
  /** Who the database runs as; absent: who the server runs as. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number };
}

function nobody(): { uid: number; gid: number } {
  try {
    const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    // macOS writes -2, which the system counts as an unsigned number.
    if (line !== null) return { uid: Number(line[1]) >>> 0, gid: Number(line[2]) >>> 0 };
  } catch {
    // Without the file, the number that Linux reserves.
  }
  return NOBODY;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * PostgreSQL refuses to run as root: root runs it as the owner of the existing data, or as nobody. An ordinary user
 * runs it as himself.
 */
export async function accountFor(cluster: string): Promise<PostgresAccount> {
  const owner = await stat(cluster).catch(() => null);
  if (!isRoot()) {
    if (owner !== null && owner.uid !== process.getuid?.()) {
      throw new StartError(
        `The database in ${cluster} belongs to user ${owner.uid}, and the server runs as user ${process.getuid?.() ?? '?'}. ` +
          'Start the server as the user who started it first (root, if that is nobody), or give the data folder to this user with chown -R.',
      );
    }
    return { spawnOptions: {} };
  }
  if (owner === null || owner.uid === 0) return { spawnOptions: nobody() };
  return { spawnOptions: { uid: owner.uid, gid: owner.gid } };
}

/** Gives a file or an empty folder to the account. */
export async function giveTo(account: PostgresAccount, path: string): Promise<void> {
  const { uid, gid } = account.spawnOptions;
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** After a restore as root the files may be root's, and the database could not read them. */
export async function giveTree(account: PostgresAccount, path: string): Promise<void> {
  await giveTo(account, path);
  for (const entry of await readdir(path)) {
    const child = join(path, entry);
    const status = await lstat(child);
    if (status.isDirectory()) await giveTree(account, child);
    else if (status.isFile()) await giveTo(account, child);
  }
}
