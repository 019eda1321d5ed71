import type { ClientConfig } from 'pg';
import { EmbeddedPostgres } from '../../src/core/database/embedded/embedded-postgres.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** How to connect, as the server's own database user, to the embedded database that runs in this data folder. */
export async function embeddedConnection(dataDir: string): Promise<ClientConfig> {
  const running = await EmbeddedPostgres.findRunning(dataDir);
  if (running === null) throw new Error(`No embedded database runs in ${dataDir}`);
  return running.connection;
}

/** Stops a database that a killed server left behind, as the next server would: by adopting it first. */
export async function endEmbeddedDatabase(dataDir: string): Promise<void> {
  if ((await EmbeddedPostgres.findRunning(dataDir)) === null) return;
  const adopted = await EmbeddedPostgres.start({ dataDir, maxConnections: 30, log: silent });
  await adopted.stop();
}
