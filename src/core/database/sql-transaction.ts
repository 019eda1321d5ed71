import type { Pool, PoolClient } from 'pg';
import { isUnanswered } from './database-errors.js';

/**
 * Runs `work` in one transaction of its own on a connection of the pool, for hot paths in prepared SQL.
 * Nothing is tried again: see `repeatOnConflict`.
 */
export async function inSqlTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let usable = true;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    usable = await rollBack(client, error);
    throw error;
  } finally {
    client.release(!usable);
  }
}

/**
 * Rolls back the transaction that failed with `error`.
 * @returns false where the connection must be thrown away instead of going back to the pool
 */
export async function rollBack(client: PoolClient, error: unknown): Promise<boolean> {
  // Behind a statement that is not answered, this one would not be either: the database ends the transaction itself.
  if (isUnanswered(error)) return false;
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}
