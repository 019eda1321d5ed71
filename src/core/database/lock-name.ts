import { rowsOf } from './sql.js';
import type { Transaction } from './transactions.js';

/** $1 name */
const LOCK_NAME = {
  name: 'lock-name',
  text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text AS locked',
};

/**
 * Lets those who lock the same name in by turns, until the transaction ends: for what there is no row to lock.
 * @param name begins with whose it is, e.g. `blocks/<userId>`
 */
export async function lockName(tx: Transaction, name: string): Promise<void> {
  await rowsOf(tx, LOCK_NAME, [name]);
}
