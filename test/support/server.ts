import { rm } from 'node:fs/promises';
import { afterAll } from '@jest/globals';
import type { ClientConfig, QueryResultRow } from 'pg';
import { emptyDataFolder, preparedDataFolder } from './data-folder.js';
import { embeddedConnection, endEmbeddedDatabase } from './embedded-database.js';
import { createDatabase, EXTERNAL_DATABASE_URL, queryDatabase } from './external-database.js';
import type { TestDatabase } from './external-database.js';
import { TEST_SERVICE_ID } from './identity.js';
import { ServerProcess } from './server-process.js';
import type { ExitStatus } from './server-process.js';

export interface ServerOptions {
  /** Settings on top of those for tests; an empty string takes one of them away. */
  readonly env?: Readonly<Record<string, string>>;
  /** `embedded` where a test is about the embedded database; otherwise TEST_DATABASE_URL decides. */
  readonly database?: 'embedded' | 'default';
  /** Begins with an empty data folder, where a test is about the first start; otherwise its database is there. */
  readonly firstStart?: boolean;
  /** A second server on the data folder or the external database of this one. */
  readonly sharing?: TestServer;
}

/** A port of its own, limits that no test meets by accident, and the log lines that tests look at. */
export const TEST_SETTINGS: Readonly<Record<string, string>> = {
  SEALPOST_HOST: '127.0.0.1',
  SEALPOST_PORT: '0',
  SEALPOST_SERVICE_ID: TEST_SERVICE_ID,
  SEALPOST_LOG_LEVEL: 'info',
  SEALPOST_RATE_REGISTER_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_LOGIN_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_LOGIN_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_REFRESH_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_RESET_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_RESET_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_SEND_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_LOOKUP_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_ROTATE_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_STATE_PER_ACCOUNT: '100000/60',
};

const started = new Set<TestServer>();

/** What most tests need of a server. */
export type RunningServer = Pick<TestServer, 'url' | 'serviceId' | 'sql' | 'connection'>;

/** The built server in a process of its own, with a data folder and a database of its own. */
export class TestServer {
  private process: ServerProcess;
  private address = '';
  private earlierOutput = '';

  /** Not to be called by tests: `startServer` is. */
  constructor(
    readonly dataDir: string,
    /** Everything the server was given; restarts keep the port of the first start. */
    public env: Readonly<Record<string, string>>,
    private readonly ownDatabase: TestDatabase | null,
    private readonly ownsDataDir: boolean,
  ) {
    this.process = new ServerProcess(env);
  }

  /** For example http://127.0.0.1:40123; the same after a restart. */
  get url(): string {
    return this.address;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** undefined: the embedded database. */
  get databaseUrl(): string | undefined {
    return this.env['DATABASE_URL'];
  }

  get serviceId(): string {
    return this.env['SEALPOST_SERVICE_ID'] ?? TEST_SERVICE_ID;
  }

  /** Everything that it wrote to standard output and standard error, over all its runs. */
  logs(): string {
    return this.earlierOutput + this.process.output;
  }

  async ready(): Promise<this> {
    this.address = await this.process.address();
    this.env = { ...this.env, SEALPOST_PORT: new URL(this.address).port };
    return this;
  }

  /** Waits until it ends by itself. */
  async exited(): Promise<ExitStatus> {
    return this.process.exited;
  }

  /** Ends it as an administrator would (SIGTERM) and waits for it. Data stays until the end of the test file. */
  async stop(): Promise<ExitStatus> {
    return this.process.end('SIGTERM');
  }

  /** Ends it without a chance to tidy up. An embedded database is left running, as a crash would leave it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ExitStatus> {
    return this.process.end(signal);
  }

  /** Starts it again after `stop` or `kill` (or stops it first), on the same data and port. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<this> {
    if (this.process.running) await this.stop();
    this.earlierOutput += this.process.output;
    this.env = withoutEmpty({ ...this.env, ...env });
    this.process = new ServerProcess(this.env);
    return this.ready();
  }

  /** Runs SQL beside the server, as its database user. */
  async sql<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    return queryDatabase<Row>(await this.connection(), text, parameters);
  }

  /** For node-postgres. */
  async connection(): Promise<ClientConfig> {
    const url = this.databaseUrl;
    return url === undefined ? embeddedConnection(this.dataDir) : { connectionString: url };
  }

  /** Stops what still runs and removes what it left. Happens by itself at the end of the test file. */
  async remove(): Promise<void> {
    started.delete(this);
    await this.process.end('SIGTERM');
    if (this.ownsDataDir) {
      await endEmbeddedDatabase(this.dataDir);
      await rm(this.dataDir, { recursive: true, force: true });
    }
    await this.ownDatabase?.drop();
  }
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = await launchServer(options);
  return server.ready();
}

/** The same without waiting for it to be ready: for servers that are to refuse their start. */
export async function launchServer(options: ServerOptions = {}): Promise<TestServer> {
  const { sharing } = options;
  const external = options.database === 'embedded' ? undefined : EXTERNAL_DATABASE_URL;
  const ownDatabase = sharing === undefined && external !== undefined ? await createDatabase(external) : null;
  const dataDir = sharing?.dataDir ?? (await makeDataDir(options, external !== undefined));
  const databaseUrl = ownDatabase?.url ?? sharing?.databaseUrl;
  const env = withoutEmpty({
    ...TEST_SETTINGS,
    SEALPOST_DATA_DIR: dataDir,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...options.env,
  });
  const server = new TestServer(dataDir, env, ownDatabase, sharing === undefined);
  started.add(server);
  return server;
}

async function makeDataDir({ firstStart, env }: ServerOptions, isExternal: boolean): Promise<string> {
  const needsDatabase = !isExternal && !env?.['DATABASE_URL'] && firstStart !== true;
  return needsDatabase ? preparedDataFolder() : emptyDataFolder();
}

function withoutEmpty(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

// The newest first: a server that shares another's data goes before it.
afterAll(async () => {
  for (const server of [...started].reverse()) await server.remove();
});
