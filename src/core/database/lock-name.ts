import { prismaOf } from './prisma-transactions.js';
import type { Transaction } from './transactions.js';

/**
 * Lets those who lock the same name in by turns, until the transaction ends: for what there is no row to lock.
 * @param name begins with whose it is, e.g. `blocks/<userId>`
 */
export async function lockName(tx: Transaction, name: string): Promise<void> {
  await prismaOf(tx).$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))::text`;
}
