import pg from 'pg';
import type { RunningServer } from './server.js';
import { waitFor } from './wait-for.js';

/** The database process, another than `notPid`, that waits for a lock with a statement like this one. */
export async function waitingFor(server: RunningServer, statement: string, notPid = 0): Promise<number> {
  return waitFor(
    async () => {
      const [row] = await server.sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE $1 AND pid <> $2`,
        [`%${statement}%`, notPid],
      );
      return row?.pid;
    },
    { what: `a statement that waits: ${statement}`, timeoutMs: 40_000 },
  );
}

/** Runs `work` while a connection beside the server holds a lock, which keeps transactions from going on behind it. */
export async function whileLocked<T>(server: RunningServer, lock: string, work: () => Promise<T>): Promise<T> {
  const beside = new pg.Client(await server.connection());
  await beside.connect();
  try {
    await beside.query('BEGIN');
    await beside.query(lock);
    return await work();
  } finally {
    await beside.query('ROLLBACK');
    await beside.end();
  }
}
