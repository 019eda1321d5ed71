import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../start-error.js';
import { codeOf } from './file-system.js';
import { clusterArgument, POSTGRES_ENVIRONMENT } from './initial-cluster.js';
import type { PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { PORT, type PostgresFolder } from './postgres-folder.js';
import { isPostgresOf } from './lock-files.js';

const LARGEST_LOG = 1_000_000;
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

export interface PostmasterPlan {
  readonly folder: PostgresFolder;
  readonly account: PostgresAccount;
  readonly binaries: PostgresBinaries;
  readonly socketFolder: string;
  readonly maxConnections: number;
}

function serverArguments(plan: PostmasterPlan): string[] {
  const { cluster, socket } = plan.folder;
  const relative = clusterArgument(cluster) !== cluster && plan.socketFolder === socket;
  const parameters = {
    // The socket in a folder of its own is the only way in.
    listen_addresses: '',
    port: PORT,
    unix_socket_directories: relative ? '../socket' : plan.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: plan.maxConnections,
    cluster_name: 'sealpost',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What a 201 promised survives a power cut.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    // Neither statements nor values of rows get into the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    jit: 'off',
  };
  return [
    '-D',
    clusterArgument(cluster),
    ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

async function openLog(path: string): Promise<{ fd: number; begin: number; close(): Promise<void> }> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  if (size > LARGEST_LOG) await rename(path, `${path}.1`);
  const handle = await open(path, 'a', 0o600);
  return { fd: handle.fd, begin: size > LARGEST_LOG ? 0 : size, close: () => handle.close() };
}

/** The running main process of PostgreSQL: our child, or one that a killed server left behind. */
export class Postmaster {
  private readonly stopAtExit = (): void => this.signal('SIGINT');

  private constructor(
    private readonly cluster: string,
    readonly pid: number,
    private readonly child: ChildProcess | null,
    private readonly log: { path: string; begin: number } | null,
  ) {
    // If the server ends without stopping its database (an uncaught error), the database is told at least.
    process.once('exit', this.stopAtExit);
    child?.once('exit', () => process.off('exit', this.stopAtExit));
  }

  /**
   * @param running lock of PostgreSQL's processes, which they inherit: it is free once the last of them has ended, also
   *   where their numbers mean nothing to who asks
   */
  static async launch(plan: PostmasterPlan, running: FileHandle | null): Promise<Postmaster> {
    const log = await openLog(plan.folder.log);
    try {
      const child = spawn(plan.binaries.postgres, serverArguments(plan), {
        ...plan.account.spawnOptions,
        cwd: plan.folder.cluster,
        env: POSTGRES_ENVIRONMENT,
        stdio: ['ignore', log.fd, log.fd, ...(running === null ? [] : [running.fd])],
        // In a group of its own, so that Ctrl-C reaches the server only, which still needs its database to finish.
        detached: true,
      });
      await once(child, 'spawn');
      return new Postmaster(plan.folder.cluster, child.pid ?? 0, child, { path: plan.folder.log, begin: log.begin });
    } catch (error) {
      throw new StartError(`The embedded PostgreSQL cannot be run: ${codeOf(error)}.`, { cause: error });
    } finally {
      await log.close();
    }
  }

  static adopt(folder: PostgresFolder, pid: number): Postmaster {
    return new Postmaster(folder.cluster, pid, null, null);
  }

  isRunning(): boolean {
    if (this.child !== null) return this.child.exitCode === null && this.child.signalCode === null;
    return isPostgresOf(this.pid, this.cluster);
  }

  /** What it has written since it was launched, for the message when it did not start. */
  async output(): Promise<string> {
    if (this.log === null) return '';
    const written = await readFile(this.log.path);
    return written.subarray(this.log.begin).toString('utf8').trim();
  }

  /** Ends all sessions, writes everything out, and waits until the process is gone. */
  async stop(): Promise<void> {
    this.signal('SIGINT');
    if (!(await this.isGoneWithin(FAST_SHUTDOWN_MS))) {
      this.signal('SIGQUIT');
      await this.isGoneWithin(IMMEDIATE_SHUTDOWN_MS);
    }
    process.off('exit', this.stopAtExit);
  }

  /** Forgets the process without stopping it: another server owns it now. */
  abandon(): void {
    process.off('exit', this.stopAtExit);
    this.child?.unref();
  }

  private signal(signal: 'SIGINT' | 'SIGQUIT'): void {
    if (!this.isRunning()) return;
    if (this.child !== null) this.child.kill(signal);
    else process.kill(this.pid, signal);
  }

  private async isGoneWithin(milliseconds: number): Promise<boolean> {
    const deadline = Date.now() + milliseconds;
    while (this.isRunning()) {
      if (Date.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }
}
