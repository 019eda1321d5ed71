import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command in front of another: process numbers of its own, as in a container. Needs root. */
export const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const PROJECT = resolve(import.meta.dirname, '../..');
export const START_TIMEOUT_MS = 90_000;
export const LOCAL_ADDRESS = /https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/;

/** One run of the built server. */
export interface ServerRun {
  readonly running: boolean;
  /** Everything that it wrote so far. */
  readonly output: string;
  /** Where it is once it accepts requests. */
  address(): Promise<string>;
  /** Ends it in order. */
  end(): Promise<ExitStatus>;
}

/** One run of the built server, in a process of its own. */
export class ServerProcess implements ServerRun {
  readonly exited: Promise<ExitStatus>;
  private readonly child: ChildProcess;
  private out = '';
  private error = '';

  /**
   * `env` is everything that the server gets, besides what any program needs (PATH, HOME, TMPDIR); `folder` is where
   * it is installed. In a container it has process numbers of its own, and ends with SIGKILL only.
   */
  constructor(env: Readonly<Record<string, string>>, folder = PROJECT, inContainer = false) {
    const { PATH = '', HOME = '', TMPDIR } = process.env;
    const inherited: Record<string, string> = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
    const [program, ...args] = [...(inContainer ? CONTAINER : []), process.execPath, 'dist/main.js'];
    this.child = spawn(program, args, {
      cwd: folder,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.error += text));
    this.exited = new Promise((resolveExit) => {
      this.child.on('close', (code, signal) => {
        resolveExit({ code, signal });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The server process was not started');
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything that it wrote so far, standard output first. */
  get output(): string {
    return this.out + this.error;
  }

  get stdout(): string {
    return this.out;
  }

  get stderr(): string {
    return this.error;
  }

  /** The address that the server printed on standard output, which it does once it accepts requests. */
  async address(): Promise<string> {
    let stopWaiting: () => void = () => undefined;
    const found = new Promise<string>((resolveAddress, reject) => {
      const look = (): void => {
        const address = LOCAL_ADDRESS.exec(this.out)?.[0];
        if (address !== undefined) resolveAddress(address);
      };
      const timer = setTimeout(() => {
        reject(new Error(`The server printed no address in ${START_TIMEOUT_MS / 1000} s:\n${this.output}`));
      }, START_TIMEOUT_MS);
      this.child.stdout?.on('data', look);
      stopWaiting = () => {
        clearTimeout(timer);
        this.child.stdout?.off('data', look);
      };
      look();
      void this.exited.then(({ code, signal }) => {
        reject(new Error(`The server ended at its start (${signal ?? `exit code ${String(code)}`}):\n${this.output}`));
      });
    });
    return found.finally(stopWaiting);
  }

  /** Sends the signal and waits for the end of the process. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitStatus> {
    if (this.running) this.child.kill(signal);
    return this.exited;
  }
}
