import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, FileLockError } from './errors.js';
import { isLocalFileSystem, tryKernelLock, type KernelLock } from './kernel-lock.js';
import { describeSelf, judge, type Owner, type Verdict } from './owner.js';
import { LockRecords, type LockRecord, type OwnRecord } from './records.js';

/** Between two looks at a lock that another has; doubled each time up to the longest, for each asks the kernel by a program. */
const RETRY_MS = { first: 50, longest: 1000 };
/** How often an owner shows that it lives. */
const BEAT_MS = 10_000;
/** An owner that has not shown itself for so long does not run, or not on a machine that reaches the disk. */
const SILENCE_MS = 6 * BEAT_MS;

export interface AcquireOptions {
  /** How long to wait for another owner, in milliseconds. */
  readonly waitMs: number;
  /** Called once if there is somebody to wait for, with who that is. */
  readonly onWait?: (reason: string) => void;
  /** Called once if the lock was taken away from this owner: its files are gone, or another's. */
  readonly onLost?: (reason: string) => void;
}

/**
 * The right to work in a folder, for one process at a time: across containers that share the folder, for as long as the
 * owner is paused, and without anybody's help after it was killed.
 *
 * Two things make it. The kernel's lock of the file `path` (kernel-lock.ts), where there is one: it ends with the process.
 * And a record beside it that names the owner (owner.ts), for folders that hosts share or file systems without locks. The
 * lock of an owner that is not dead beyond doubt is never taken: who waits is told who has it, and what to do.
 */
export class FileLock {
  #beat: NodeJS.Timeout;
  #released = false;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly record: OwnRecord,
    private readonly onLost: (reason: string) => void,
  ) {
    this.#beat = setInterval(() => void this.#showLife(), BEAT_MS).unref();
  }

  /** @throws FileLockError */
  static async acquire(path: string, options: AcquireOptions): Promise<FileLock> {
    let told = false;
    let retryMs = RETRY_MS.first;
    for (const end = performance.now() + options.waitMs; ;) {
      const attempt = await tryOnce(path, options).catch((error: unknown) => {
        throw new FileLockError('unusable', `${path} cannot be locked (${codeOf(error) || String(error)})`, {
          cause: error,
        });
      });
      if (attempt instanceof FileLock) return attempt;
      if (performance.now() >= end) throw new FileLockError('held', attempt);
      if (!told) options.onWait?.(attempt);
      told = true;
      const left = Math.max(1, end - performance.now());
      await new Promise((resolve) => setTimeout(resolve, Math.min(retryMs, left)));
      retryMs = Math.min(RETRY_MS.longest, retryMs * 2);
    }
  }

  /** @internal */
  static hold(path: string, file: FileHandle, record: OwnRecord, { onLost }: AcquireOptions): FileLock {
    return new FileLock(path, file, record, onLost ?? ((): void => undefined));
  }

  /** Before something that must not be done twice. @throws FileLockError `lost` where the lock was taken away */
  async requireHeld(): Promise<void> {
    const state = this.#released ? 'gone' : await this.record.state();
    if (state !== 'ours') throw new FileLockError('lost', this.#loss(state));
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#beat);
    // What cannot be written any more is said by the end of the process.
    await this.record.release().catch(() => undefined);
    await this.file.close();
  }

  async #showLife(): Promise<void> {
    const state = await this.record.state();
    if (this.#released) return;
    if (state === 'ours') return this.record.touch().catch(() => undefined);
    clearInterval(this.#beat);
    this.onLost(this.#loss(state));
  }

  #loss(state: 'gone' | 'replaced'): string {
    return state === 'gone'
      ? `${this.record.path} is gone: the folder was removed, or its volume was taken away`
      : `${this.record.path} is another process's by now`;
  }
}

/** The lock, or why it cannot be had now. */
async function tryOnce(path: string, options: AcquireOptions): Promise<FileLock | string> {
  const records = new LockRecords(path);
  const kernel = await tryKernelLock(path);
  if (kernel === null) {
    const holder = await records.newest();
    return inWords(path, holder === null || holder.released ? null : holder, 'alive');
  }
  try {
    const outcome = await claim(path, records, kernel, options);
    if (typeof outcome === 'string') await kernel.handle.close();
    return outcome;
  } catch (error) {
    await kernel.handle.close();
    throw error;
  }
}

async function claim(
  path: string,
  records: LockRecords,
  { handle, state }: KernelLock,
  options: AcquireOptions,
): Promise<FileLock | string> {
  const self = await describeSelf(randomBytes(16).toString('hex'), state === 'locked');
  const last = await records.newest();
  if (last !== null && !last.released) {
    const verdict = await verdictOn(handle, path, last, self);
    if (verdict !== 'dead') return inWords(path, last, verdict);
  }
  const record = await records.add((last?.generation ?? 0) + 1, self);
  return record === null ? inWords(path, null, 'alive') : FileLock.hold(path, handle, record, options);
}

async function verdictOn(file: FileHandle, path: string, last: LockRecord, self: Owner): Promise<Verdict> {
  const local = self.kernel && (await isLocalFileSystem(dirname(path)));
  // What time the file system has, whose clock need not be this machine's.
  if (!local) await file.write(' ', 0);
  const { mtimeMs } = await file.stat();
  return judge(last.owner, { self, local, silent: mtimeMs - last.touchedAt > SILENCE_MS });
}

function inWords(path: string, record: LockRecord | null, verdict: Verdict): string {
  const owner = record?.owner ?? null;
  const who = owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  if (verdict === 'alive') return `${path} is held by ${who}. Stop it first; if it is paused, let it go on.`;
  const seen = record === null ? '' : `, last seen at ${new Date(record.touchedAt).toISOString()}`;
  return (
    `${path} is held by ${who}${seen}, and from here nothing proves that it has ended. ` +
    `Make sure that it has (it may be paused, or run on another machine), then remove ${record?.path ?? path}.`
  );
}
