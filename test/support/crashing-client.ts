import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { RunningServer } from './server.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const PROGRAM = resolve(import.meta.dirname, 'run-crashing-client.mjs');

export interface CrashingRun {
  /** The client's folder. */
  readonly folder: string;
  /** See ACTS of run-crashing-client.mjs. */
  readonly act: string;
  /** The number of the step at which the process kills itself, from 0. */
  readonly dieAt: number;
}

/** What became of a run: the step at which it died, or null where it had no such step and came to its end. */
export async function runCrashingClient(server: RunningServer, run: CrashingRun): Promise<string | null> {
  const service = { url: server.url, serviceId: server.serviceId };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ service, ...run })], {
    cwd: PROJECT,
    stdio: 'pipe',
  });
  let steps = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (steps += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal === 'SIGKILL') return steps.trim().split('\n').at(-1) ?? null;
  if (code !== 0) throw new Error(`The client failed after ${steps}: ${errors}`);
  return null;
}
