import { Pool } from 'pg';
import { NoNotifications } from './listening-connection.js';
import { PrismaDatabase } from './prisma-database.js';
import { PrismaTransactions } from './prisma-transactions.js';
import type { RunningDatabase } from './start-database.js';

const LONGEST_WAIT_MS = 1000;

const disconnectedPool = (): Pool => new Pool({ host: '/nonexistent', max: 1 });

/** Connects nowhere: for an application that only describes itself. Every statement is refused as unavailable. */
export function disconnectedDatabase(): RunningDatabase {
  const database = new PrismaDatabase(disconnectedPool(), disconnectedPool());
  return {
    database,
    transactions: new PrismaTransactions(database.prisma, LONGEST_WAIT_MS),
    notifications: new NoNotifications(),
    describe: () => 'none',
    stop: () => database.close(),
  };
}
