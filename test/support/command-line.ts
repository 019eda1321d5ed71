import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { deriveAsOthersDo } from './quick-passwords.js';

export const PROGRAM = resolve(import.meta.dirname, '../../packages/client/bin/sealpost.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The SDK's command line, as a script would run it, with profiles in a folder that goes with the test file. */
export class CommandLine {
  /** For the programs, besides what this process has. */
  env: Readonly<Record<string, string>> = {};

  private constructor(readonly folder: string) {}

  static async create(): Promise<CommandLine> {
    deriveAsOthersDo();
    const folder = await mkdtemp(join(tmpdir(), 'sealpost-cli-'));
    afterAll(() => rm(folder, { recursive: true, force: true }));
    return new CommandLine(folder);
  }

  start(profile: string, args: readonly string[], stdio: StdioOptions = 'pipe'): ReturnType<typeof spawn> {
    const env = { ...process.env, ...this.env };
    return spawn(process.execPath, [PROGRAM, ...args, '--profile', join(this.folder, profile)], { env, stdio });
  }

  async run(profile: string, args: readonly string[], stdin: string | Uint8Array = ''): Promise<Outcome> {
    const child = this.start(profile, args);
    // A program that does not read its input closes it.
    child.stdin?.on('error', () => undefined).end(stdin);
    return outcomeOf(child);
  }

  /** What it writes where all is well. */
  async expectDone(profile: string, args: readonly string[], stdin?: string | Uint8Array): Promise<string> {
    const outcome = await this.run(profile, args, stdin);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    return outcome.stdout;
  }
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
