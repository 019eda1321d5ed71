export { Database } from './database.js';
export { Notifications } from './notifications.js';
export type { NotificationListener } from './notifications.js';
export { Transactions } from './transactions.js';
export type { IsolationLevel, Transaction, TransactionOptions } from './transactions.js';
export { prismaOf } from './prisma-transactions.js';
export { lockName } from './lock-name.js';
export { byteaArray, plainArray } from './array-parameters.js';
export { fromRow, toRow } from './rows.js';
export { countOf, deletionOfOld, rowsOf } from './sql.js';
export type { Statement } from './sql.js';
export { RecordReader, uuidAt } from './record-reader.js';
export { repeatOnConflict } from './repeat-on-conflict.js';
export { inOneWrite } from './one-write.js';
export { inSqlTransaction, rollBack } from './sql-transaction.js';
export {
  databaseUnavailable,
  isDatabaseUnavailable,
  isTransactionConflict,
  isUniqueViolation,
} from './database-errors.js';
export { DatabaseModule } from './database.module.js';
export { disconnectedDatabase } from './disconnected-database.js';
export { openDatabaseForAdmin, startDatabase } from './start-database.js';
export type { DatabaseSettings, RunningDatabase, StartDatabaseOptions } from './start-database.js';
export type { Log } from './log.js';
