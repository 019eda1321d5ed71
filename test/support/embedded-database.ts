import type { ClientConfig } from 'pg';

export async function embeddedConnection(dataDir: string): Promise<ClientConfig> {
  return Promise.reject(new Error(`No embedded database in ${dataDir}`));
}

export async function endEmbeddedDatabase(dataDir: string): Promise<void> {
  await Promise.resolve(dataDir);
}
