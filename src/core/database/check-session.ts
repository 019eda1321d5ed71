import pg from 'pg';
import type { ClientConfig } from 'pg';
import { StartError } from '../start-error.js';
import type { Log } from './postgres-server.js';
import { RELIED_ON } from './session-settings.js';

interface Facts {
  readonly backend: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly database: string;
  readonly role: string;
  readonly unsafe: readonly string[];
  readonly differing: readonly string[];
}

/** What no connection can set for itself, and what a connection has in the end: a pooler may drop what it asked for. */
async function ask(client: pg.Client): Promise<Facts | undefined> {
  const { rows } = await client.query<Facts>(
    `SELECT pg_backend_pid() AS backend, current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
            current_database() AS database, current_user AS role,
            ARRAY(SELECT name FROM unnest($1::text[]) AS name WHERE current_setting(name) = 'off') AS unsafe,
            ARRAY(SELECT name FROM unnest($2::text[], $3::text[]) AS relied(name, value)
                   WHERE current_setting(name) IS DISTINCT FROM value) AS differing`,
    [['fsync', 'full_page_writes'], Object.keys(RELIED_ON), Object.values(RELIED_ON)],
  );
  return rows[0];
}

function refuse({ encoding, standby, database, role, differing }: Facts): void {
  if (encoding !== 'UTF8') {
    throw new StartError(
      `The database "${database}" has the encoding ${encoding}, which cannot hold every text. Give Sealpost one that was ` +
        "made with ENCODING 'UTF8' TEMPLATE template0.",
    );
  }
  if (standby) {
    throw new StartError(
      'The database is a standby, which cannot be written to. Use the address of the primary, or promote this one.',
    );
  }
  if (differing.length === 0) return;
  const statements = differing.map((name) => `ALTER ROLE "${role}" SET ${name} = '${RELIED_ON[name] ?? ''}';`);
  throw new StartError(
    'The database does not have the settings that the server asked for at the start of its session: a pooler between ' +
      `them drops the parameter "options". Give them to the role, and let the pooler open new connections (PgBouncer: RECONNECT):\n${statements.join('\n')}\n` +
      'See "Poolers" in docs/scaling.md.',
  );
}

async function withClient<Result>(
  connection: ClientConfig,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...connection, application_name: 'sealpost' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** While the first connection is open, its session belongs to nobody else, unless a pooler lends it. */
async function refuseLentSessions(connection: ClientConfig, backend: number): Promise<void> {
  const another = await withClient(connection, async (client) => {
    const { rows } = await client.query<{ backend: number }>('SELECT pg_backend_pid() AS backend');
    return rows[0]?.backend;
  });
  if (another !== backend) return;
  throw new StartError(
    'A pooler before the database lends its sessions for one transaction at a time (transaction pooling): locks, prepared ' +
      'statements and notifications of the server would get lost. Set it to session pooling (PgBouncer: pool_mode = ' +
      'session), or use the address of the database itself. See "Poolers" in docs/scaling.md.',
  );
}

/**
 * Looks at what the server relies on and cannot see to by itself.
 * @throws StartError where it would lose or misread data
 */
export async function checkSession(connection: ClientConfig, log: Log): Promise<void> {
  try {
    await withClient(connection, async (client) => {
      const facts = await ask(client);
      if (facts === undefined) return;
      await refuseLentSessions(connection, facts.backend);
      refuse(facts);
      for (const setting of facts.unsafe) {
        log.warn({ setting }, 'this setting of PostgreSQL is off: a power cut can lose or damage what was confirmed');
      }
    });
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new StartError(`The database cannot be used: ${reason}`, { cause: error });
  }
}
