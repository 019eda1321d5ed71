import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from './file-system.js';
import { isPostgresOf } from './process-identity.js';
import { PORT } from './postgres-folder.js';
import type { PostgresFolder } from './postgres-folder.js';

function firstNumber(content: string | null): number | null {
  const pid = Number.parseInt(content ?? '', 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** The process that runs the database in this folder, checked to be one, or null. */
export async function postmasterOf(folder: PostgresFolder): Promise<number | null> {
  const pid = firstNumber(await readIfThere(join(folder.cluster, 'postmaster.pid')));
  return pid !== null && isPostgresOf(pid, folder.cluster) ? pid : null;
}

/**
 * Removes lock files that name a dead or a foreign process: PostgreSQL asks only whether the number is alive, and after
 * a restart of the machine or of the container it can be anybody's. Called with the lock of the data folder and, where the
 * kernel has locks, that of PostgreSQL's processes, and only when nothing answers on the socket. PostgreSQL still checks the shared memory for left-over processes of its own.
 */
export async function removeStaleLockFiles(folder: PostgresFolder, socketFolder: string): Promise<boolean> {
  const path = join(folder.cluster, 'postmaster.pid');
  const content = await readIfThere(path);
  if ((await postmasterOf(folder)) !== null || (await readIfThere(path)) !== content) return false;
  await rm(join(socketFolder, `.s.PGSQL.${PORT}.lock`), { force: true });
  if (content === null) return false;
  await rm(path, { force: true });
  return true;
}
