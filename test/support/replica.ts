import { join } from 'node:path';
import { startProcess, startServer } from './server.js';
import type { ServerOptions, TestProcess, TestServer } from './server.js';

type Settings = Pick<ServerOptions, 'env'>;

/** A second server on the database and the secrets of a running one, as behind a load balancer. */
export async function startReplica(server: TestServer, settings: Settings = {}): Promise<TestServer> {
  return startServer(await replicaOf(server, settings));
}

export async function startReplicaProcess(server: TestServer, settings: Settings = {}): Promise<TestProcess> {
  return startProcess(await replicaOf(server, settings));
}

async function replicaOf(server: TestServer, { env }: Settings): Promise<ServerOptions> {
  if (server.databaseUrl !== undefined) return { env: { ...env }, sharing: server };
  const own = { DATABASE_URL: await embeddedUrl(server), SEALPOST_SECRETS_FILE: join(server.dataDir, 'secrets.json') };
  return { database: 'embedded', env: { ...own, ...env } };
}

/** The embedded database as an external one: its socket named as pg expects it in an address. */
async function embeddedUrl(server: TestServer): Promise<string> {
  const { host = '', user = '', database = '', password } = await server.connection();
  if (typeof password !== 'string') throw new Error('The embedded database has a password');
  const address = new URL('postgresql://localhost');
  [address.username, address.password, address.pathname] = [user, password, `/${database}`];
  address.searchParams.set('host', host);
  return address.href;
}
