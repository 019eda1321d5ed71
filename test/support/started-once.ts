import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { START_TIMEOUT_MS } from './server-process.js';
import { waitFor } from './wait-for.js';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * What test files share that come at the same time: only one of them can make the folder, and starts it; all wait for what
 * it writes into the file.
 */
export async function startedOnce<T>(
  folder: string,
  file: string,
  start: () => Promise<unknown>,
  what: string,
): Promise<T> {
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) await start();
  const read = async () => JSON.parse(await readFile(file, 'utf8')) as T;
  return waitFor(read, { what, timeoutMs: START_TIMEOUT_MS });
}

/** A program of Node that outlives this process, and writes into a file what it has to say: nobody would read its pipes. */
export async function spawnBeside(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  logFile: string,
): Promise<ChildProcess> {
  const log = await open(logFile, 'a');
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...env },
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  await log.close();
  return child;
}
