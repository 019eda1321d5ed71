import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from './file-system.js';
import { PORT, type PostgresFolder } from './postgres-folder.js';

function ps(pid: number, column: string): string {
  try {
    return execFileSync('/bin/ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** Whether the process is a PostgreSQL server that works in this folder. Only such a process is ever signalled. */
export function isPostgresOf(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') {
    const command = ps(pid, 'command');
    return /(?:^|\/)postgres\s/.test(command) && command.includes(` -D ${cluster} `);
  }
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return name === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return false;
  }
}

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
