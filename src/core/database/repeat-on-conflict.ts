import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransactionConflict } from './database-errors.js';

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
