import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import { prismaOf } from './prisma-transactions.js';
import { fromRow, type FromRow } from './rows.js';
import type { Transaction } from './transactions.js';

/**
 * A statement in SQL: a constant beside the function that sends it, whose comment says what $1, $2 … are. It is prepared
 * once per connection under its name.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A transaction (of `Transactions`, or of `inSqlTransaction`), or the database for a statement on its own. */
type Executor = Database | Transaction | PoolClient;

/**
 * Sends a statement and reads its rows as they are used inside: see `fromRow`.
 * @param values those of $1, $2 …: text, numbers, times as Date, bytes as Uint8Array, arrays by `plainArray`
 */
export async function rowsOf<Row extends object>(
  executor: Executor,
  statement: Statement,
  values: readonly unknown[],
): Promise<FromRow<Row>[]> {
  const connection = connectionOf(executor);
  const rows =
    connection === null
      ? await prismaOf(executor as Transaction).$queryRawUnsafe<Row[]>(statement.text, ...values)
      : (await connection.query<Row & Record<string, unknown>>({ ...statement, values: [...values] })).rows;
  return rows.map((row) => fromRow<Row>(row));
}

/** Sends a statement and counts the rows that it has changed. Values are those of `rowsOf`. */
export async function countOf(executor: Executor, statement: Statement, values: readonly unknown[]): Promise<number> {
  const connection = connectionOf(executor);
  if (connection === null) return prismaOf(executor as Transaction).$executeRawUnsafe(statement.text, ...values);
  return (await connection.query({ ...statement, values: [...values] })).rowCount ?? 0;
}

function connectionOf(executor: Executor): Pick<PoolClient, 'query'> | null {
  if ('pool' in executor) return executor.pool;
  return 'query' in executor ? executor : null;
}

/**
 * The statement that deletes rows which are over. It skips those that another replica deletes.
 * $1 for how many seconds they have been over, $2 how many rows at most
 * @param key the columns of the primary key
 * @param time the indexed column that says when a row is over
 */
export function deletionOfOld(table: string, key: string, time: string): Statement {
  return {
    name: `delete-old-${table}`,
    text: `
      DELETE FROM ${table} WHERE (${key}) IN (
        SELECT ${key} FROM ${table} WHERE ${time} < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED
      )`,
  };
}
