import type { RunningServer } from './server.js';

/** Of each table that holds rows: how many, and a digest of all of them. */
export type DatabaseContent = Readonly<Record<string, string>>;

/** What every attempt writes, whatever becomes of it. */
const COUNTERS = 'rate_limits';

const statements = new WeakMap<RunningServer, Promise<string>>();

/** Every row of every table but for the counters of the limits. Partitions count as their table. */
export async function contentOfDatabase(server: RunningServer): Promise<DatabaseContent> {
  // One statement for all of them, made once: each connection is a process of PostgreSQL's.
  const text = statements.get(server) ?? contentStatement(server);
  statements.set(server, text);
  const rows = await server.sql<{ name: string; rows: string }>(await text);
  return Object.fromEntries(rows.map(({ name, rows: digest }) => [name, digest]));
}

async function contentStatement(server: RunningServer): Promise<string> {
  const [{ text } = { text: '' }] = await server.sql<{ text: string }>(
    `SELECT string_agg(format('SELECT %L AS name, count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '''' ORDER BY
              md5(t::text))), '''') AS rows FROM %s t', oid::regclass, oid::regclass), ' UNION ALL ') AS text
       FROM pg_class
      WHERE relkind IN ('r', 'p') AND NOT relispartition AND relname <> $1
        AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')`,
    [COUNTERS],
  );
  return text;
}

/** The names of the tables in which the two differ. */
export function changedTables(before: DatabaseContent, after: DatabaseContent): string[] {
  return Object.keys(after)
    .filter((name) => after[name] !== before[name])
    .sort();
}
