import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { waitFor } from '../../support/index.js';

interface Line {
  readonly ready?: true;
  readonly refused?: string;
  readonly connection?: ClientConfig;
  readonly message?: string;
}

export const NOBODY = 65_534;

/** A process of its own that runs the embedded database of a data folder with the built code. */
export class DatabaseProcess {
  private output = '';
  private readonly child: ChildProcess;

  /** `project` is where the code lies; as root, `uid` starts it as an ordinary user. */
  constructor(dataDir: string, options: { readonly uid?: number; readonly project?: string } = {}) {
    const project = options.project ?? join(import.meta.dirname, '../../..');
    const user: SpawnOptions = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
    const program = join(project, 'test/database/support/run-embedded.mjs');
    this.child = spawn(process.execPath, [program, dataDir], { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** How to connect, once it is ready; fails with what it wrote if it is not. */
  async ready(): Promise<ClientConfig> {
    const line = await this.decided();
    if (line.connection === undefined) throw new Error(this.output);
    return line.connection;
  }

  /** Its reason, once it has refused to start, or null if it did not. */
  async refused(): Promise<string | null> {
    return (await this.decided()).refused ?? null;
  }

  messages(): string[] {
    return this.lines().flatMap((line) => line.message ?? []);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended();
  }

  private async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  private async decided(): Promise<Line> {
    const isDecided = (line: Line): boolean => line.ready === true || line.refused !== undefined;
    const line = await waitFor(() => this.lines().find(isDecided) ?? (this.child.exitCode === null ? null : {}), {
      timeoutMs: 90_000,
      what: 'the embedded database to start or to refuse',
    });
    return line;
  }

  private lines(): Line[] {
    const whole = this.output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return whole.map((line) => JSON.parse(line) as Line);
  }
}
