import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';

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
