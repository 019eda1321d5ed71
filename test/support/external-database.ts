import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Where the tests make their databases, when they run against an external PostgreSQL. */
export const EXTERNAL_DATABASE_URL = process.env['TEST_DATABASE_URL'];

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh, empty database on the server of `adminUrl`. */
export async function createDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `sealpost_test_${randomBytes(6).toString('hex')}`;
  await runStatement(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runStatement(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** On a connection of its own, so that nothing is left open between statements. */
export async function queryDatabase<Row extends pg.QueryResultRow>(
  connection: pg.ClientConfig,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

async function runStatement(adminUrl: string, sql: string): Promise<void> {
  await queryDatabase({ connectionString: adminUrl }, sql);
}
