import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { isPostgresOf } from '../../src/core/database/embedded/lock-files.js';
import { waitFor } from './wait-for.js';

/** How to reach the embedded database of a running server, beside it, as the server's own user. */
export async function embeddedConnection(dataDir: string): Promise<ClientConfig> {
  const folder = join(dataDir, 'postgres');
  const credentials = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')) as { application: string };
  const shortSocketFolder = await readFile(join(folder, 'socket-folder'), 'utf8').catch(() => null);
  return {
    host: shortSocketFolder?.trim() ?? join(folder, 'socket'),
    port: 5432,
    user: 'sealpost',
    database: 'sealpost',
    password: credentials.application,
  };
}

/** The process number of the PostgreSQL that works on this data folder, or null if none does. */
export async function embeddedPostmaster(dataDir: string): Promise<number | null> {
  const cluster = join(dataDir, 'postgres', 'cluster');
  const lockFile = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(lockFile, 10);
  return pid > 1 && isPostgresOf(pid, cluster) ? pid : null;
}

/** Ends the database that a killed server left behind, without writing anything out. */
export async function endEmbeddedDatabase(dataDir: string): Promise<void> {
  const pid = await embeddedPostmaster(dataDir);
  if (pid === null) return;
  process.kill(pid, 'SIGQUIT');
  const cluster = join(dataDir, 'postgres', 'cluster');
  await waitFor(() => !isPostgresOf(pid, cluster), { what: 'the end of the embedded database' });
}

/** Kills the database's main process without a chance to tidy up, as the kernel does when memory runs out. */
export async function killEmbeddedDatabase(dataDir: string): Promise<void> {
  const pid = await embeddedPostmaster(dataDir);
  if (pid === null) throw new Error('No embedded database works on this data folder');
  process.kill(pid, 'SIGKILL');
}
