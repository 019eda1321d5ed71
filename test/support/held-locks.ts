import pg from 'pg';
import type { RunningServer } from './server.js';
import { waitFor } from './wait-for.js';

/** The server process of PostgreSQL, another than `notPid`, that waits for a lock with such a statement (LIKE). */
export async function waitingFor(server: RunningServer, statement: string, notPid = 0): Promise<number | null> {
  const [row] = await server.sql<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE $1 AND pid <> $2`,
    [`%${statement}%`, notPid],
  );
  return row?.pid ?? null;
}

/** Cuts the connection that waits for a lock on the table, whatever its statement is. */
export async function cutWaitingFor(table: string, holder: Holder): Promise<void> {
  const cut = async (): Promise<boolean> => {
    const text = 'SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = $1::regclass';
    return (await holder.sql(text, [table])).length > 0;
  };
  await waitFor(cut, { what: `a statement that waits for ${table}` });
}

/** How many transactions wait for a lock. */
export async function allWaiting(server: RunningServer): Promise<number> {
  const [row] = await server.sql<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row?.n ?? 0;
}

/** Waits until such a statement waits for a lock, in another process than `notPid`. */
export function untilWaiting(
  server: RunningServer,
  statement: string,
  { notPid, timeoutMs }: { readonly notPid?: number; readonly timeoutMs?: number } = {},
): Promise<number> {
  const what = `a statement that waits: ${statement}`;
  return waitFor(() => waitingFor(server, statement, notPid), timeoutMs === undefined ? { what } : { what, timeoutMs });
}

/** The connection that holds a lock. */
export interface Holder {
  sql(text: string, parameters: unknown[]): Promise<readonly unknown[]>;
}

/** Runs `work` while a connection beside the server keeps it from going on behind `lock`. */
export async function whileHeld<T>(
  server: RunningServer,
  lock: string,
  work: (release: () => Promise<void>, holder: Holder) => Promise<T>,
): Promise<T> {
  const beside = new pg.Client(await server.connection());
  await beside.connect();
  let held = true;
  const release = async (): Promise<void> => {
    if (held) await beside.query('ROLLBACK');
    held = false;
  };
  try {
    await beside.query('BEGIN');
    await beside.query(lock);
    const sql: Holder['sql'] = async (text, parameters) => (await beside.query<object>(text, parameters)).rows;
    return await work(release, { sql });
  } finally {
    await release();
    await beside.end();
  }
}
