import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, expect } from '@jest/globals';
import { run } from '@sealpost/command-line';
import { program } from '../../packages/client/src/cli/program.js';
import './quick-passwords.js';

export const PROGRAM = resolve(import.meta.dirname, '../../packages/client/bin/sealpost.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The SDK's command line, as a script would run it, with profiles in a folder that goes with the test file. Its processes
 * derive keys with Argon2id: a test whose processes use passwords calls deriveAsOthersDo().
 */
export class CommandLine {
  /** For the processes, besides what this one has. */
  env: Readonly<Record<string, string>> = {};

  private constructor(readonly folder: string) {}

  static async create(): Promise<CommandLine> {
    const folder = await mkdtemp(join(tmpdir(), 'sealpost-cli-'));
    afterAll(() => rm(folder, { recursive: true, force: true }));
    return new CommandLine(folder);
  }

  /** In this process, which costs a tenth of one of its own. */
  async run(profile: string, args: readonly string[], stdin: string | Uint8Array = ''): Promise<Outcome> {
    return this.#runHere(profile, args, stdin, new Collected());
  }

  /** Runs a command like `sealpost … | true`: nobody reads what it writes. */
  async runUnread(profile: string, args: readonly string[], stdin: string): Promise<Outcome> {
    return this.#runHere(profile, args, stdin, new Collected().destroy());
  }

  async #runHere(
    profile: string,
    args: readonly string[],
    stdin: string | Uint8Array,
    stdout: Collected,
  ): Promise<Outcome> {
    const stderr = new Collected();
    const streams = { stdin: Readable.from(stdin.length === 0 ? [] : [stdin], { objectMode: false }), stdout, stderr };
    const words = [...args, '--profile', join(this.folder, profile)];
    const code = await run(program, words, streams, { ...process.env, ...this.env });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Where locks between processes, signals, the environment or the streams of a process matter. */
  start(profile: string, args: readonly string[], stdio: StdioOptions = 'pipe'): ReturnType<typeof spawn> {
    const env = { ...process.env, ...this.env };
    return spawn(process.execPath, [PROGRAM, ...args, '--profile', join(this.folder, profile)], { env, stdio });
  }

  async runProcess(profile: string, args: readonly string[], stdin: string | Uint8Array = ''): Promise<Outcome> {
    const child = this.start(profile, args);
    // A program that does not read its input closes it.
    child.stdin?.on('error', () => undefined).end(stdin);
    return outcomeOf(child);
  }

  /** What it writes where all is well. */
  async expectDone(profile: string, args: readonly string[], stdin?: string | Uint8Array): Promise<string> {
    return doneBy(await this.run(profile, args, stdin));
  }

  async expectProcessDone(profile: string, args: readonly string[], stdin?: string | Uint8Array): Promise<string> {
    return doneBy(await this.runProcess(profile, args, stdin));
  }
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function doneBy(outcome: Outcome): string {
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome.stdout;
}

/** What becomes of a program that was started. */
export async function outcomeOf(child: ReturnType<typeof spawn>): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The documents that --json prints, one a line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
