import type { Pool, PoolClient } from 'pg';

/**
 * Runs `work` in one transaction of its own on a connection of the pool, for hot paths in prepared SQL.
 * Nothing is tried again: the caller knows whether its work may be repeated.
 */
export async function inSqlTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: unknown;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => (broken = failure));
    throw error;
  } finally {
    // A connection that could not even roll back is thrown away instead of going back to the pool.
    client.release(broken !== undefined);
  }
}
