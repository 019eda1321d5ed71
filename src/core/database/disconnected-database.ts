import { Pool } from 'pg';
import { PrismaDatabase } from './prisma-database.js';
import { PrismaTransactions } from './prisma-transactions.js';
import type { RunningDatabase } from './start-database.js';

const LONGEST_WAIT_MS = 1000;

/** Connects nowhere: for an application that only describes itself. Every statement is refused as unavailable. */
export function disconnectedDatabase(): RunningDatabase {
  const database = new PrismaDatabase(new Pool({ host: '/nonexistent', max: 1 }));
  return {
    database,
    transactions: new PrismaTransactions(database.prisma, LONGEST_WAIT_MS),
    describe: () => 'none',
    stop: () => database.close(),
  };
}
