import { Pool } from 'pg';
import { PrismaDatabase } from './prisma-database.js';
import { PrismaTransactions } from './prisma-transactions.js';
import type { RunningDatabase } from './start-database.js';

/** Connects nowhere: for an application that only describes itself. Every statement is refused as unavailable. */
export function disconnectedDatabase(): RunningDatabase {
  const database = new PrismaDatabase(new Pool({ host: '/nonexistent', max: 1 }));
  return {
    database,
    transactions: new PrismaTransactions(database.prisma, 0),
    describe: () => 'none',
    stop: () => database.close(),
  };
}
