import { randomUUID } from 'node:crypto';
import { link, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../start-error.js';
import { createWhole, readIfThere } from './file-system.js';
import { beginningOf } from './process-identity.js';

const POLL_MS = 50;
/** First starts take a second and recovery after a crash can take minutes on a slow disk. */
const PATIENCE_MS = 120_000;

interface Holder {
  readonly pid: number;
  readonly began: string;
  readonly token: string;
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && 'began' in value && 'token' in value;
}

function parse(content: string): Holder | null {
  try {
    const value: unknown = JSON.parse(content);
    return isHolder(value) ? value : null;
  } catch {
    return null;
  }
}

function isHeld(content: string): boolean {
  const holder = parse(content);
  return holder !== null && holder.began !== '' && beginningOf(holder.pid) === holder.began;
}

/** Puts a dead process's file aside; if another process was quicker and the file is a living one's by now, puts it back. */
async function clearStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const content = await readIfThere(aside);
  if (content !== null && isHeld(content)) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function acquire(path: string, content: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await createWhole(path, content))) {
    const other = await readIfThere(path);
    if (other === null) continue;
    if (!isHeld(other)) {
      await clearStale(path);
      continue;
    }
    if (Date.now() > deadline) {
      throw new StartError(
        `Process ${parse(other)?.pid ?? 0} has been starting the database for two minutes; ${path} says so. ` +
          'Stop that process, or wait for it.',
      );
    }
    await sleep(POLL_MS);
  }
}

/**
 * Runs `work` while no other process does, on this machine, for this path. It is a file with the process's number and
 * beginning, because Node offers no lock that the system frees; the database's own locks decide in the end.
 */
export async function withStartMutex<T>(path: string, work: () => Promise<T>): Promise<T> {
  const content = JSON.stringify({ pid: process.pid, began: beginningOf(process.pid), token: randomUUID() });
  await acquire(path, content);
  try {
    return await work();
  } finally {
    if ((await readIfThere(path)) === content) await rm(path, { force: true });
  }
}
