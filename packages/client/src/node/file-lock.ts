import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { ClientError } from '../errors.js';

const RETRY_MS = 50;
/** Taking a dead owner's lock over takes milliseconds; a mark that is older was left by a process that died at it. */
const TAKEOVER_STALE_MS = 10_000;

interface Owner {
  readonly pid: number;
  /** Tells a process from a later one with the same number, where the system says when it began. */
  readonly startedAt: string | null;
  readonly token: string;
}

/**
 * A lock that a dead process does not hold: a file that names its owner's process. Node offers no flock(2), so the owner
 * is looked for instead.
 */
export class FileLock {
  private constructor(
    readonly path: string,
    private readonly token: string,
  ) {}

  /** @param waitMs how long to wait for another owner before `storage.locked` */
  static async acquire(path: string, waitMs: number): Promise<FileLock> {
    const token = randomBytes(16).toString('hex');
    const content = JSON.stringify({ pid: process.pid, startedAt: await startOf(process.pid), token } satisfies Owner);
    for (const end = performance.now() + waitMs; ;) {
      if (await createExclusively(path, content)) return new FileLock(path, token);
      const owner = await readOwner(path);
      if (owner !== null && !(await isAlive(owner))) {
        await removeStale(path, owner);
      } else if (performance.now() >= end) {
        const who = owner === null ? 'another process' : `process ${owner.pid}`;
        throw new ClientError('storage.locked', `The profile is in use by ${who} (${path})`);
      } else {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async release(): Promise<void> {
    const owner = await readOwner(this.path);
    if (owner?.token === this.token) await rm(this.path, { force: true });
  }
}

/** Makes the file with all of its content or not at all, so that no crash leaves a lock that names nobody. */
async function createExclusively(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** null: there is no lock any more, or nothing that one of ours has written. */
async function readOwner(path: string): Promise<Owner | null> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner> | null;
    if (typeof owner?.pid !== 'number' || typeof owner.token !== 'string') return null;
    return { pid: owner.pid, token: owner.token, startedAt: owner.startedAt ?? null };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    return codeOf(error) === 'EPERM';
  }
  const startedAt = await startOf(owner.pid);
  return owner.startedAt === null || startedAt === null || owner.startedAt === startedAt;
}

/** Field 22 of /proc/<pid>/stat (its second field may contain spaces and parentheses); null elsewhere than on Linux. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Only one process at a time may judge and remove a stale lock: otherwise two could each remove the other's new one. */
async function removeStale(path: string, stale: Owner): Promise<void> {
  const mark = `${path}.takeover`;
  if (!(await createExclusively(mark, String(process.pid)))) {
    const age = await stat(mark).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > TAKEOVER_STALE_MS) await rm(mark, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return;
  }
  try {
    if ((await readOwner(path))?.token === stale.token) await rm(path, { force: true });
  } finally {
    await rm(mark, { force: true });
  }
}

/** The system's code of an error of Node's. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
