import { startReplicaProcess } from './replica.js';
import { startServer, type ServerOptions, type TestProcess, type TestServer } from './server.js';
import { TcpProxy } from './tcp-proxy.js';

/** Servers whose connections to their common database can be cut. */
export interface ReplicaSet {
  readonly replicas: readonly TestProcess[];
  /** In front of the database. */
  readonly link: TcpProxy;
  /** Has the database, and reaches it without the proxy. */
  readonly origin: TestServer;
}

/** `count` servers that reach the embedded or the external database of a further one through a proxy. */
export async function startReplicaSet(count: number, env: ServerOptions['env'] = {}): Promise<ReplicaSet> {
  const origin = await startServer();
  const { link, url } = await linkTo(origin);
  const start = () => startReplicaProcess(origin, { env: { ...env, DATABASE_URL: url } });
  const replicas = await Promise.all(Array.from({ length: count }, start));
  return { replicas, link, origin };
}

/** A proxy in front of the database of a server, and how to connect to the database through it. */
async function linkTo(origin: TestServer): Promise<{ readonly link: TcpProxy; readonly url: string }> {
  const { databaseUrl } = origin;
  if (databaseUrl !== undefined) {
    const address = new URL(databaseUrl);
    const link = await TcpProxy.before({ host: address.hostname, port: Number(address.port || 5432) });
    address.host = `127.0.0.1:${link.port}`;
    return { link, url: address.href };
  }
  const { host = '', port = 0, user = '', database = '', password } = await origin.connection();
  if (typeof password !== 'string') throw new Error('The embedded database has a password');
  const link = await TcpProxy.before({ path: `${host}/.s.PGSQL.${port}` });
  const address = new URL(`postgresql://127.0.0.1:${link.port}/${database}`);
  [address.username, address.password] = [user, password];
  return { link, url: address.href };
}
