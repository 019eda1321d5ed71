import { rm } from 'node:fs/promises';
import { afterAll } from '@jest/globals';
import type { ClientConfig, QueryResultRow } from 'pg';
import { emptyDataFolder, preparedDataFolder } from './data-folder.js';
import { embeddedConnection, endEmbeddedDatabase } from './embedded-database.js';
import { createDatabase, EXTERNAL_DATABASE_URL, queryDatabase } from './external-database.js';
import type { TestDatabase } from './external-database.js';
import { TEST_SERVICE_ID } from './identity.js';
import { HostedServer } from './hosted-server.js';
import { ServerProcess, type ExitStatus, type ServerRun } from './server-process.js';

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

export interface ProcessOptions extends ServerOptions {
  /** With process numbers of its own, see CONTAINER. */
  readonly container?: boolean;
}

/** A port of its own, limits that no test meets by accident, and the log lines that tests look at. */
export const TEST_SETTINGS: Readonly<Record<string, string>> = {
  SEALPOST_HOST: '127.0.0.1',
  SEALPOST_PORT: '0',
  SEALPOST_SERVICE_ID: TEST_SERVICE_ID,
  SEALPOST_LOG_LEVEL: 'info',
  SEALPOST_RATE_OPEN_PER_ADDRESS: '1000000/60',
  SEALPOST_RATE_REGISTER_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_LOGIN_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_LOGIN_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_REFRESH_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_DEVICE_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_RESET_PER_ADDRESS: '100000/60',
  SEALPOST_RATE_RESET_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_SEND_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_LOOKUP_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_LOOKUP_MISS_PER_ACCOUNT: '1000000/60',
  SEALPOST_RATE_ROTATE_PER_ACCOUNT: '100000/60',
  SEALPOST_RATE_STATE_PER_ACCOUNT: '100000/60',
};

const started = new Set<TestServer>();

/** What most tests need of a server. */
export type RunningServer = Pick<TestServer, 'url' | 'serviceId' | 'sql' | 'connection'>;

/** What a server works on. */
interface Ground {
  readonly dataDir: string;
  readonly ownDatabase: TestDatabase | null;
  readonly ownsDataDir: boolean;
}

/** The built server, with a data folder and a database of its own. */
export class TestServer<Run extends ServerRun = ServerRun> {
  protected run: Run;
  private address = '';
  private earlierOutput = '';

  /** Not to be called by tests: `startServer` is. */
  constructor(
    private readonly ground: Ground,
    /** Everything the server was given; restarts keep the port of the first start. */
    public env: Readonly<Record<string, string>>,
    private readonly launch: (env: Readonly<Record<string, string>>) => Run,
  ) {
    this.run = launch(env);
  }

  get dataDir(): string {
    return this.ground.dataDir;
  }

  /** For example http://127.0.0.1:40123; the same after a restart. */
  get url(): string {
    return this.address;
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
    return this.earlierOutput + this.run.output;
  }

  async ready(): Promise<this> {
    this.address = await this.run.address();
    this.env = { ...this.env, SEALPOST_PORT: new URL(this.address).port };
    return this;
  }

  /** Ends it as an administrator would and waits for it. Data stays until the end of the test file. */
  async stop(): Promise<ExitStatus> {
    return this.run.end();
  }

  /** Starts it again after it was stopped or killed (or stops it first), on the same data and port. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<this> {
    if (this.run.running) await this.stop();
    this.earlierOutput += this.run.output;
    this.env = withoutEmpty({ ...this.env, ...env });
    this.run = this.launch(this.env);
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
    await this.run.end();
    if (this.ground.ownsDataDir) {
      await endEmbeddedDatabase(this.dataDir);
      await rm(this.dataDir, { recursive: true, force: true });
    }
    await this.ground.ownDatabase?.drop();
  }
}

/** In a process of its own, which can be killed, and whose start and end can be looked at. */
export class TestProcess extends TestServer<ServerProcess> {
  get pid(): number {
    return this.run.pid;
  }

  /** Waits until it ends by itself. */
  async exited(): Promise<ExitStatus> {
    return this.run.exited;
  }

  /** Ends it without a chance to tidy up. An embedded database is left running, as a crash would leave it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ExitStatus> {
    return this.run.end(signal);
  }
}

/** In a process that it shares with the servers of other tests: a tenth of the cost of a process of its own. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const [ground, env] = await prepare(options);
  return added(new TestServer(ground, env, (settings) => new HostedServer(settings))).ready();
}

export async function startProcess(options: ProcessOptions = {}): Promise<TestProcess> {
  const server = await launchProcess(options);
  return server.ready();
}

/** Starts a process without waiting for it to be ready: for servers that are to refuse their start. */
export async function launchProcess(options: ProcessOptions = {}): Promise<TestProcess> {
  const [ground, env] = await prepare(options);
  const launch = (settings: Readonly<Record<string, string>>): ServerProcess =>
    new ServerProcess(settings, undefined, options.container);
  return added(new TestProcess(ground, env, launch));
}

function added<Server extends TestServer>(server: Server): Server {
  started.add(server);
  return server;
}

async function prepare(options: ServerOptions): Promise<[Ground, Record<string, string>]> {
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
  return [{ dataDir, ownDatabase, ownsDataDir: sharing === undefined }, env];
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
