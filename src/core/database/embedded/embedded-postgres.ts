import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryKernelLock, type FileLock } from '@sealpost/file-lock';
import type { Client, ClientConfig } from 'pg';
import { StartError } from '../../start-error.js';
import type { Log, PostgresServer } from '../postgres-server.js';
import { type Credentials, readCredentials } from './credentials.js';
import { lockDataFolder, onceOnly } from './data-folder-lock.js';
import { exists } from './file-system.js';
import { prepareCluster } from './initial-cluster.js';
import { postmasterOf, removeStaleLockFiles } from './lock-files.js';
import { type PostgresAccount, warnOfSharing } from './postgres-account.js';
import { locateBinaries, type PostgresBinaries } from './postgres-binaries.js';
import {
  PostgresFolder,
  prepareDataDir,
  prepareSocketFolder,
  removeShortSocketFolder,
  socketFolderOf,
} from './postgres-folder.js';
import { Postmaster, type PostmasterPlan } from './postmaster.js';
import {
  applicationConnection,
  ensureApplicationDatabase,
  OccupiedError,
  superuserConnection,
  takeOwnership,
  tryConnect,
} from './supervision.js';

const SHORTEST_POLL_MS = 25;
const LONGEST_POLL_MS = 1000;
/** After kill -9 of the database its last processes hold the shared memory for a moment: launch again. */
const LAUNCHES = 8;
const SILENT_POSTMASTER_MS = 30_000;
const REPORT_EVERY_MS = 10_000;
const LONGEST_PAUSE_MS = 5000;
const LONG_LIFE_MS = 30_000;
const COMPLAIN_EVERY_MS = 60_000;

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly maxConnections: number;
  readonly log: Log;
  /** Called once if the database cannot come back: another server owns it, or its files are gone. */
  readonly onLost?: (error: StartError) => void;
  /** Stops the start: what was begun is stopped or removed before `start` rejects. */
  readonly signal?: AbortSignal;
}

type StartedOptions = EmbeddedOptions & Required<Pick<EmbeddedOptions, 'onLost'>>;
/** PostgreSQL as a child process, with its data in the data folder, kept running until `stop`. */
export class EmbeddedPostgres implements PostgresServer {
  readonly connection: ClientConfig;
  /** Connects as the owner of the whole cluster: for supervision and development, never for requests. */
  readonly administration: ClientConfig;
  private postmaster: Postmaster | null = null;
  private owner: Client | null = null;
  private stopping = false;
  private recovery: Promise<void> = Promise.resolve();
  private ownedSince = 0;
  private pauseMs = 0;
  private complainedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly plan: PostmasterPlan,
    credentials: Credentials,
    private readonly options: StartedOptions,
    private readonly lock: FileLock,
  ) {
    this.connection = applicationConnection(plan.socketFolder, credentials);
    this.administration = superuserConnection(plan.socketFolder, credentials);
  }

  /**
   * Sets the database up at the first start, starts it (or adopts the one that a killed server left behind), and owns it.
   * Throws StartError in words for the administrator, e.g. when another server has the data folder.
   */
  static async start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    const folder = new PostgresFolder(options.dataDir);
    await prepareDataDir(options.dataDir);
    const onLost = onceOnly(options.onLost);
    const lock = await lockDataFolder(folder, { ...options, onLost });
    try {
      return await EmbeddedPostgres.startLocked(folder, { ...options, onLost }, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private static async startLocked(
    folder: PostgresFolder,
    options: StartedOptions,
    lock: FileLock,
  ): Promise<EmbeddedPostgres> {
    const { signal } = options;
    const locate = (account: PostgresAccount): Promise<PostgresBinaries> => locateBinaries(account, options.dataDir);
    const { account, binaries, created } = await prepareCluster(folder, locate, signal);
    if (created) options.log.info({ folder: folder.path }, 'set up an embedded PostgreSQL');
    warnOfSharing(account, folder.cluster, options.log);
    const credentials = await readCredentials(folder);
    const socketFolder = await prepareSocketFolder(folder, account);
    const plan = { folder, account, binaries, socketFolder, maxConnections: options.maxConnections };
    const server = new EmbeddedPostgres(plan, credentials, options, lock);
    const stop = (): void => void server.stop();
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      await ensureApplicationDatabase(await server.own(), credentials);
      return server;
    } catch (error) {
      await server.stop();
      // One that was launched while the rest had stopped already.
      await server.postmaster?.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** How to connect to the database of a running server with this data folder, or null if none is running. */
  static async findRunning(dataDir: string): Promise<PostgresServer | null> {
    const folder = new PostgresFolder(dataDir);
    if (!(await exists(folder.path))) return null;
    const connection = applicationConnection(await socketFolderOf(folder), await readCredentials(folder));
    const client = await tryConnect(connection, folder);
    await client?.end();
    if (client === null) return null;
    return {
      connection,
      describe: () => `the embedded PostgreSQL of the running server, data in ${folder.cluster}`,
      stop: async () => undefined,
    };
  }

  describe(): string {
    return `PostgreSQL ${this.plan.binaries.version}, embedded, data in ${this.plan.folder.cluster}`;
  }

  async stop(): Promise<void> {
    if (this.stopping) return this.recovery;
    this.stopping = true;
    const recovering = this.recovery;
    this.recovery = recovering.then(() => this.shutDown());
    return this.recovery;
  }

  private isStopping(): boolean {
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    const owned = this.owner !== null;
    await this.owner?.end().catch(() => undefined);
    this.owner = null;
    await this.postmaster?.stop();
    if (owned) await removeShortSocketFolder(this.plan.folder);
    await this.lock.release();
  }

  /** Connects to the running database or launches it, and takes the ownership. */
  private async own(): Promise<Client> {
    const launches = { left: LAUNCHES };
    const began = Date.now();
    let reported = began;
    let pause = SHORTEST_POLL_MS;
    while (!this.isStopping()) {
      const client = await tryConnect(this.administration, this.plan.folder);
      if (client !== null) return this.claim(client);
      if (this.postmaster?.isRunning() === true) reported = this.reportWaiting(reported);
      else if (await this.launch(launches)) pause = SHORTEST_POLL_MS;
      else if (Date.now() - began > SILENT_POSTMASTER_MS) throw this.silent();
      await sleep(pause);
      pause = Math.min(LONGEST_POLL_MS, pause * 1.2);
    }
    throw new StartError('The database is being stopped.');
  }

  /** After a crash PostgreSQL repeats what its log has and the files lack, which takes a while when it is much. */
  private reportWaiting(reported: number): number {
    if (Date.now() - reported < REPORT_EVERY_MS) return reported;
    const { cluster } = this.plan.folder;
    this.options.log.info({ folder: cluster }, 'waiting for the embedded PostgreSQL to accept connections');
    return Date.now();
  }

  private silent(): StartError {
    const { folder } = this.plan;
    return new StartError(
      `A PostgreSQL runs in ${folder.cluster} but does not answer on ${this.plan.socketFolder}. Its process is named in ` +
        'postmaster.pid there, by the number that it has in its own container: stop it (kill -INT) and start again.',
    );
  }

  /** False while a PostgreSQL works on these files already, be it in another container. */
  private async launch(launches: { left: number }): Promise<boolean> {
    if ((await postmasterOf(this.plan.folder)) !== null) return false;
    const running = await tryKernelLock(this.plan.folder.running);
    if (running === null) return false;
    try {
      await this.launchAlone(launches, running.state === 'locked' ? running.handle : null);
      return true;
    } finally {
      await running.handle.close();
    }
  }

  private async launchAlone(launches: { left: number }, running: FileHandle | null): Promise<void> {
    if (launches.left === 0) {
      throw new StartError(`The embedded PostgreSQL does not start:\n${(await this.postmaster?.output()) ?? ''}`);
    }
    const { folder, socketFolder } = this.plan;
    if (launches.left < LAUNCHES) await sleep(100 * 1.5 ** (LAUNCHES - launches.left));
    launches.left -= 1;
    if (await removeStaleLockFiles(folder, socketFolder)) {
      const text = 'the database was not stopped the last time: removed its lock file';
      this.options.log.warn({ folder: folder.cluster }, text);
    }
    this.postmaster?.abandon();
    this.postmaster = await Postmaster.launch(this.plan, running);
  }

  private async claim(client: Client): Promise<Client> {
    try {
      const pid = await takeOwnership(client, this.plan.folder);
      if (this.postmaster?.pid !== pid) {
        this.postmaster?.abandon();
        this.postmaster = Postmaster.adopt(this.plan.folder, pid);
        this.options.log.warn({ pid }, 'adopted the PostgreSQL that a killed server left behind');
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof OccupiedError) this.letGo();
      throw error;
    }
    this.owner = client;
    this.ownedSince = Date.now();
    client.once('end', () => this.onGone());
    return client;
  }

  /** The database is another server's now, and must not be stopped by this one. */
  private letGo(): void {
    this.postmaster?.abandon();
    this.postmaster = null;
  }

  private onGone(): void {
    this.owner = null;
    if (this.stopping) return;
    this.recovery = this.recover();
  }

  private async recover(): Promise<void> {
    const { log } = this.options;
    log.error({}, 'the embedded PostgreSQL is gone: starting it again');
    if (Date.now() - this.ownedSince > LONG_LIFE_MS) this.pauseMs = 0;
    while (!this.isStopping()) {
      await sleep(this.pauseMs);
      this.pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(100, this.pauseMs * 2));
      try {
        await this.own();
        this.complainedAt = Number.NEGATIVE_INFINITY;
        log.info({}, 'the embedded PostgreSQL is back');
        return;
      } catch (error) {
        if (this.isStopping()) return;
        const gone = await this.whyGone(error);
        if (gone !== null) {
          this.options.onLost(gone);
          return;
        }
        this.complain(error);
      }
    }
  }

  /** What no further attempt can heal, or null. */
  private async whyGone(error: unknown): Promise<StartError | null> {
    if (error instanceof OccupiedError) return error;
    if (await exists(this.plan.folder.cluster)) return null;
    const { dataDir } = this.plan.folder;
    return new StartError(`The data folder ${dataDir} is gone: it was removed, or its volume was taken away.`);
  }

  /** The first time of an outage, and then now and again. */
  private complain(error: unknown): void {
    if (Date.now() - this.complainedAt < COMPLAIN_EVERY_MS) return;
    this.complainedAt = Date.now();
    this.options.log.error({ err: error }, 'the embedded PostgreSQL could not be started again: trying on');
  }
}
