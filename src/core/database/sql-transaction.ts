import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { isTransactionConflict, isUnanswered } from './database-errors.js';

const ATTEMPTS = 5;

/**
 * Runs `work`, which is one transaction or one statement, and runs it again where the database has rolled it back because
 * of others: a deadlock or a serialization failure. Nothing of it was stored then.
 * @throws the conflict of the last attempt, and any other error of `work` at once
 */
export async function repeatOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransactionConflict(error)) throw error;
      // Random, so that the transactions that met do not meet again.
      await sleep(randomInt(10 * 2 ** attempt));
    }
  }
}

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
