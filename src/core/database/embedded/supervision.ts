import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ClientConfig } from 'pg';
import { StartError } from '../../start-error.js';
import { withoutTransactionTimeout, withSessionSettings } from '../session-settings.js';
import { APPLICATION, SUPERUSER } from './credentials.js';
import type { Credentials } from './credentials.js';
import { codeOf } from './file-system.js';
import type { PostgresFolder } from './postgres-folder.js';
import { PORT } from './postgres-folder.js';

/** "sealpost" in ASCII. Whoever holds this session lock owns the database: starts, restarts and stops it. */
const OWNERSHIP_LOCK = '8315159405380203380';
/** How long PostgreSQL may take to notice that the former owner was killed. */
const OWNERSHIP_PATIENCE_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;

export class OccupiedError extends StartError {
  /** @param details who it is */
  constructor(dataDir: string, details = '') {
    super(
      `Another server (or administrator's command) is running on the data folder ${dataDir}. ` +
        'Stop it first, or give this one a data folder of its own with SEALPOST_DATA_DIR.' +
        (details === '' ? '' : ` ${details}`),
    );
  }
}

export function superuserConnection(socketFolder: string, credentials: Credentials): ClientConfig {
  return embeddedConnection(socketFolder, {
    user: SUPERUSER,
    password: credentials.superuser,
    database: 'postgres',
  });
}

export function applicationConnection(socketFolder: string, credentials: Credentials): ClientConfig {
  return embeddedConnection(socketFolder, {
    user: APPLICATION,
    password: credentials.application,
    database: APPLICATION,
  });
}

/** Everything is said, so that none of the PG… variables of the environment counts: they mean other databases. */
function embeddedConnection(
  socketFolder: string,
  who: { readonly user: string; readonly password: string; readonly database: string },
): ClientConfig {
  const connection = { host: socketFolder, port: PORT, ssl: false, sslnegotiation: 'postgres' as const, ...who };
  return withoutTransactionTimeout(withSessionSettings(connection));
}

/** A connected client, or null while nobody answers or the server says that it is starting or stopping. */
export async function tryConnect(connection: ClientConfig, folder: PostgresFolder): Promise<pg.Client | null> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sealpost',
  });
  // A lost connection is told by 'end' as well; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if (['28P01', '28000', '3D000'].includes(codeOf(error))) {
      throw new StartError(
        `The embedded database refuses the passwords in ${folder.credentials}: the file and ${folder.cluster} do not ` +
          'belong together. Restore both from one backup.',
        { cause: error },
      );
    }
    if (codeOf(error) === 'EACCES') {
      throw new StartError(`The socket of the embedded database in ${connection.host ?? ''} belongs to another user.`, {
        cause: error,
      });
    }
    return null;
  }
}

/** Number, folder and beginning of the process: the part of the lock file that stays the same while it lives. */
function identityIn(lockFile: string): string {
  return lockFile.split('\n', 3).join('\n');
}

/** Makes sure that the server behind the socket works in this very folder, and returns its process. */
async function checkIdentity(client: pg.Client, folder: PostgresFolder): Promise<number> {
  const { rows } = await client.query<{ lock_file: string }>("SELECT pg_read_file('postmaster.pid') AS lock_file");
  const theirs = identityIn(rows[0]?.lock_file ?? '');
  const ours = identityIn(await readFile(join(folder.cluster, 'postmaster.pid'), 'utf8').catch(() => 'none'));
  if (theirs !== ours) {
    throw new StartError(
      `The database that answers on the socket of ${folder.path} works in another folder. Stop it first.`,
    );
  }
  return Number.parseInt(ours, 10);
}

/** Takes the ownership of the database for as long as the client is connected; returns the process that runs it. */
export async function takeOwnership(client: pg.Client, folder: PostgresFolder): Promise<number> {
  const pid = await checkIdentity(client, folder);
  const deadline = Date.now() + OWNERSHIP_PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      OWNERSHIP_LOCK,
    ]);
    if (rows[0]?.locked === true) return pid;
    if (Date.now() > deadline) throw new OccupiedError(folder.dataDir);
    await sleep(50);
  }
}

/** The role and the database of the application, also after a first start that was interrupted between the two. */
export async function ensureApplicationDatabase(client: pg.Client, credentials: Credentials): Promise<void> {
  const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [APPLICATION]);
  // The password is of letters, digits, "-" and "_" only (credentials.ts).
  if (role.rowCount === 0) await client.query(`CREATE ROLE ${APPLICATION} LOGIN PASSWORD '${credentials.application}'`);
  const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [APPLICATION]);
  if (database.rowCount === 0) await client.query(`CREATE DATABASE ${APPLICATION} OWNER ${APPLICATION}`);
}
