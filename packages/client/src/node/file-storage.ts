import { createHash } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError } from '../errors.js';
import { ClientStorage, type CommitOptions, type StorageChanges } from '../storage/client-storage.js';
import { applyChanges } from '../storage/memory-storage.js';
import { codeOf, FileLock } from './file-lock.js';

const LOG = 'state.log';
const LOCK = 'lock';
/** Rewritten when the log is this much larger than what it says, and only then. */
const COMPACT_FACTOR = 4;
const COMPACT_MIN_BYTES = 1024 * 1024;

export interface FileStorageOptions {
  /** How long to wait for another process that uses the folder, in milliseconds; 0 (the default) refuses at once. */
  readonly lockWaitMs?: number;
}

/**
 * Keeps a client's state in a folder of its own (mode 0700): a log with one line per commit (mode 0600), flushed to the
 * disk before commit() returns. A line carries its checksum, so that one that was cut off by a crash counts as not
 * written; a damaged one anywhere else stops the client with `storage.damaged`. One process at a time (`storage.locked`).
 */
export class FileStorage extends ClientStorage {
  readonly #values: Map<string, string>;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    readonly folder: string,
    private readonly lock: FileLock,
    private file: FileHandle,
    private length: number,
    values: Map<string, string>,
  ) {
    super();
    this.#values = values;
  }

  static async open(folder: string, options: FileStorageOptions = {}): Promise<FileStorage> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const lock = await FileLock.acquire(join(folder, LOCK), options.lockWaitMs ?? 0);
    try {
      const path = join(folder, LOG);
      const { values, length } = await load(path);
      const file = await open(path, 'a', 0o600);
      // What a crash cut off goes away, so that the next line begins at the start of a line.
      await file.truncate(length);
      await file.chmod(0o600);
      return new FileStorage(folder, lock, file, length, values);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  override async get(key: string): Promise<string | null> {
    this.#requireOpen();
    return this.#values.get(key) ?? null;
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    this.#requireOpen();
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  override commit(changes: StorageChanges, { erase = false }: CommitOptions = {}): Promise<void> {
    this.#requireOpen();
    return this.#inTurn(async () => {
      await this.#append(changes);
      const outgrown = this.length > COMPACT_MIN_BYTES && this.length > COMPACT_FACTOR * sizeOf(this.#values);
      if (erase || outgrown) await this.#compact();
    });
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inTurn(async () => {
      await this.file.close();
      await this.lock.release();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #append(changes: StorageChanges): Promise<void> {
    const line = encodeLine(changes);
    try {
      await this.file.appendFile(line);
      await this.file.datasync();
    } catch (cause) {
      // Whatever part of the line arrived must not stand before the next one.
      await this.file.truncate(this.length);
      throw new ClientError('storage.failed', `The state could not be written to ${this.folder}`, { cause });
    }
    this.length += line.length;
    applyChanges(this.#values, changes);
  }

  /** Writes what the log says into a new one, beside it, and puts that in its place. */
  async #compact(): Promise<void> {
    const path = join(this.folder, LOG);
    const line = encodeLine(this.#values);
    const replacement = await open(`${path}.new`, 'w', 0o600);
    await replacement.writeFile(line);
    await replacement.sync();
    await replacement.close();
    await rename(`${path}.new`, path);
    await syncFolder(this.folder);
    const old = this.file;
    this.file = await open(path, 'a', 0o600);
    this.length = line.length;
    await old.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClientError('storage.failed', 'The storage was closed');
  }
}

/** `<first 8 bytes of SHA-256, hex> <JSON of the changes>\n`. */
function encodeLine(changes: StorageChanges): Buffer {
  const json = JSON.stringify([...changes]);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}

function sizeOf(values: ReadonlyMap<string, string>): number {
  let size = 0;
  for (const [key, value] of values) size += key.length + value.length;
  return size;
}

async function load(path: string): Promise<{ values: Map<string, string>; length: number }> {
  const values = new Map<string, string>();
  const bytes = await readLog(path);
  const length = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString('utf8', 0, length).split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const json = line.slice(17);
    if (line.slice(0, 16) !== checksum(json)) {
      throw new ClientError('storage.damaged', `Line ${index + 1} of ${path} is damaged`);
    }
    applyChanges(values, new Map(JSON.parse(json) as [string, string | null][]));
  }
  return { values, length };
}

async function readLog(path: string): Promise<Buffer> {
  try {
    // Secrets that others can read are not secret any more: say so instead of going on.
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new ClientError('storage.failed', `${path} can be read by others: chmod 600 it`);
    }
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
