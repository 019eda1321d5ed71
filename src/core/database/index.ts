export { Database } from './database.js';
export { type NotificationListener, Notifications } from './notifications.js';
export { type IsolationLevel, type Transaction, type TransactionOptions, Transactions } from './transactions.js';
export { prismaOf } from './prisma-transactions.js';
export { byteaArray, countOf, deletionOfOld, inOneWrite, lockName, plainArray, rowsOf, type Statement } from './sql.js';
export { fromRow, toRow } from './rows.js';
export { RecordReader, uuidAt } from './record-reader.js';
export { inSqlTransaction, repeatOnConflict, rollBack } from './sql-transaction.js';
export {
  databaseUnavailable,
  isDatabaseUnavailable,
  isTransactionConflict,
  isUniqueViolation,
} from './database-errors.js';
export { DatabaseModule } from './database.module.js';
export { disconnectedDatabase } from './disconnected-database.js';
export {
  type DatabaseSettings,
  openDatabaseForAdmin,
  type RunningDatabase,
  startDatabase,
  type StartDatabaseOptions,
} from './start-database.js';
export type { Log } from './postgres-server.js';
