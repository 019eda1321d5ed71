import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LOCAL_ADDRESS, type ExitStatus, type ServerRun } from './server-process.js';
import { spawnBeside, startedOnce } from './started-once.js';

const PROGRAM = resolve(import.meta.dirname, 'server-host.mjs');

/** What server-host.mjs is asked for, at /start and /stop. */
export interface HostRequest {
  readonly id: string;
  /** All the settings of the server. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A command of an administrator, for /admin. */
export interface AdminRequest {
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

interface HostAnswer {
  readonly error?: string;
  readonly banner?: string;
  readonly finished?: boolean;
}

/** One run of the built server, in a process that it shares with the other servers of the tests. */
export class HostedServer implements ServerRun {
  readonly #id = randomUUID();
  readonly #logFile = join(sharedFolder(), `${this.#id}.log`);
  readonly #started: Promise<string>;
  #banner = '';
  #ended: Promise<ExitStatus> | null = null;

  constructor(env: Readonly<Record<string, string>>) {
    this.#started = this.#ask('/start', env).then(({ banner = '' }) => (this.#banner = banner));
    this.#started.catch(() => undefined);
  }

  get running(): boolean {
    return this.#ended === null;
  }

  get output(): string {
    return this.#banner + (existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '');
  }

  async address(): Promise<string> {
    const banner = await this.#started;
    const address = LOCAL_ADDRESS.exec(banner)?.[0];
    if (address === undefined) throw new Error(`The start message has no address: ${banner}`);
    return address;
  }

  end(): Promise<ExitStatus> {
    this.#ended ??= this.#stop();
    return this.#ended;
  }

  async #stop(): Promise<ExitStatus> {
    await this.#started.catch(() => undefined);
    const { finished } = await this.#ask('/stop');
    return { code: finished === true ? 0 : 1, signal: null };
  }

  async #ask(path: string, env: HostRequest['env'] = {}): Promise<HostAnswer> {
    const request: HostRequest = { id: this.#id, env, logFile: this.#logFile };
    const answer = await askHost<HostAnswer>(path, request);
    if (answer.error === undefined) return answer;
    throw new Error(`The server did not ${path.slice(1)}: ${answer.error}\n${this.output}`);
  }
}

/** Asks the process that hosts the servers of this worker's test files. */
export async function askHost<Answer>(path: string, request: HostRequest | AdminRequest): Promise<Answer> {
  const response = await fetch(`${await serverHost()}${path}`, { method: 'POST', body: JSON.stringify(request) });
  return (await response.json()) as Answer;
}

/** The address of the process that hosts the servers of this worker's test files; global-teardown.mjs ends it. */
async function serverHost(): Promise<string> {
  const folder = join(sharedFolder(), `host-${process.env['JEST_WORKER_ID'] ?? '1'}`);
  const address = join(folder, 'host.json');
  const start = () => spawnBeside([PROGRAM, address], {}, join(folder, 'log'));
  return (await startedOnce<{ url: string }>(folder, address, start, 'the process that hosts servers')).url;
}

/** Goes with the run of Jest. */
function sharedFolder(): string {
  const folder = process.env['SEALPOST_TEST_SHARED'];
  if (folder === undefined) throw new Error('Only the end-to-end tests have a process that hosts servers');
  return folder;
}
