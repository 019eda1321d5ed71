/** CPU time of processes, from /proc: where a machine is shared, it repeats better than the clock on the wall. */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

/** Linux counts in hundredths of a second, whatever the kernel's own clock does (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Where the fields of /proc/<pid>/stat lie behind the name of the program, which may hold blanks. */
const FIELDS = { parent: 1, user: 11, system: 12, reapedUser: 13, reapedSystem: 14 };

/** @returns {Promise<{ parent: number, own: number, reaped: number } | undefined>} seconds; nothing if it is gone */
async function timesOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const seconds = (...names) => names.reduce((sum, name) => sum + (fields[FIELDS[name]] ?? 0), 0) / TICKS_PER_SECOND;
  return {
    parent: fields[FIELDS.parent] ?? 0,
    own: seconds('user', 'system'),
    reaped: seconds('reapedUser', 'reapedSystem'),
  };
}

/**
 * What a process and its children have used so far, with those of them that have ended.
 * @param {number | undefined} pid
 * @returns {Promise<number>} seconds; NaN where there is no such process
 */
export async function cpuSeconds(pid) {
  for (;;) {
    const before = await timesOf(pid);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const children = (await Promise.all(pids.map(timesOf))).filter((times) => times?.parent === pid);
    const root = await timesOf(pid);
    if (root === undefined) return NaN;
    const living = children.reduce((sum, times) => sum + (times?.own ?? 0) + (times?.reaped ?? 0), 0);
    // A child that ended meanwhile would count twice or not at all.
    if (root.reaped === before?.reaped) return root.own + root.reaped + living;
  }
}

/**
 * PostgreSQL's main process, the parent of every backend.
 * @param {string} address
 * @returns {Promise<number | undefined>} undefined where it runs on another machine
 */
export async function postmasterOf(address) {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const name = await readFile(`/proc/${rows[0].pid}/comm`, 'utf8').catch(() => '');
    return name.startsWith('postgres') ? (await timesOf(rows[0].pid))?.parent : undefined;
  } finally {
    await client.end();
  }
}
