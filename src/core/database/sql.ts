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

const BYTEA_OID = 17;
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/**
 * A `bytea[]` parameter in PostgreSQL's binary format (array_send): flags, element type, one dimension, then each
 * element with its length. As text each byte would travel as two characters, be escaped here and parsed there.
 */
export function byteaArray(items: readonly (Uint8Array | null)[]): Buffer {
  const size = items.reduce((sum, item) => sum + 4 + (item?.length ?? 0), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(items.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(items.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(BYTEA_OID, 8);
  // An array without items has no dimension, and ends here.
  if (items.length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(items.length, 12);
  buffer.writeInt32BE(1, 16);
  let offset = HEADER_BYTES;
  for (const item of items) {
    offset = buffer.writeInt32BE(item?.length ?? NULL_LENGTH, offset);
    if (item === null) continue;
    buffer.set(item, offset);
    offset += item.length;
  }
  return buffer;
}

/**
 * An array parameter as text, for elements whose text needs no quotes: UUIDs, integers, ISO times, and NULL for null.
 */
export function plainArray(items: readonly (string | number | null)[]): string {
  return `{${items.map((item) => item ?? 'NULL').join(',')}}`;
}

/** What pg's types leave out: the socket under a connection. */
interface Wired {
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/**
 * Sends the statements that `send` hands to a connection of `Database.pipelines` in one write, and so in one packet,
 * where each would otherwise be a system call here and a wake-up there.
 */
export function inOneWrite<T>(client: PoolClient, send: () => T): T {
  const { stream } = (client as unknown as Wired).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
