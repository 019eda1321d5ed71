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

/** The server process of PostgreSQL that waits for a lock on the table, whatever its statement is. */
export function untilWaitingFor(server: RunningServer, table: string): Promise<number> {
  const waiting = async (): Promise<number | undefined> => {
    const [row] = await server.sql<{ pid: number }>(
      'SELECT pid FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
      [table],
    );
    return row?.pid;
  };
  return waitFor(waiting, { what: `a statement that waits for ${table}` });
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

/** Runs `work` while a connection beside the server keeps it from going on behind `lock`. */
export async function whileHeld<T>(
  server: RunningServer,
  lock: string,
  work: (release: () => Promise<void>) => Promise<T>,
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
    return await work(release);
  } finally {
    await release();
    await beside.end();
  }
}
