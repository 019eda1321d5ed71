import { join } from 'node:path';
import { startServer } from './server.js';
import type { ServerOptions, TestServer } from './server.js';

/** A second server on the database and the secrets of a running one, as behind a load balancer. */
export async function startReplica(server: TestServer, options: Pick<ServerOptions, 'env'> = {}): Promise<TestServer> {
  if (server.databaseUrl !== undefined) return startServer({ ...options, sharing: server });
  return startServer({
    database: 'embedded',
    env: {
      DATABASE_URL: await embeddedUrl(server),
      SEALPOST_SECRETS_FILE: join(server.dataDir, 'secrets.json'),
      ...options.env,
    },
  });
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
