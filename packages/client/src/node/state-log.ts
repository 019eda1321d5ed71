import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type * as NodeFiles from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, makeFolder, syncFolder } from '@sealpost/file-lock';
import { ClientError } from '../errors.js';
import type { StorageChanges } from '../storage/client-storage.js';
import { applyChanges } from '../storage/memory-storage.js';

const LOG = 'state.log';
const APPENDING = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
const OTHERS = 0o077;

/** What is used of Node's files. */
export type StorageFiles = Pick<typeof NodeFiles, 'chmod' | 'mkdir' | 'open' | 'readFile' | 'rename' | 'rm'>;

export interface StateLogOptions {
  readonly files: StorageFiles;
  /** The file system keeps no permissions, and what is written needs none. */
  readonly othersMayRead: boolean;
}

/**
 * The file of FileStorage: one line per commit. After any failure it is as it was before, or the next use makes it so; as
 * long as that fails, nothing more is written.
 */
export class StateLog {
  /** What a failed write may have left behind the last whole line. */
  #torn = false;
  /** The folder may still lead to an earlier file after a power cut. */
  #folderDirty = false;

  private constructor(
    private readonly folder: string,
    private readonly options: StateLogOptions,
    private file: FileHandle,
    private bytes: number,
  ) {}

  /** @returns the log, and what it says */
  static async open(folder: string, options: StateLogOptions): Promise<{ log: StateLog; values: Map<string, string> }> {
    const path = join(folder, LOG);
    const content = await read(path, options.files);
    const { values, length } = parse(content ?? Buffer.alloc(0), path);
    const file = await options.files.open(path, APPENDING, 0o600);
    try {
      await requirePrivate(file, path, content === null, options);
      // What a crash cut off goes away, so that the next line begins at the start of a line.
      await file.truncate(length);
      const log = new StateLog(folder, options, file, length);
      log.#folderDirty = content === null;
      // What a compaction left when it was cut off.
      await options.files.rm(`${path}.new`, { force: true });
      return { log, values };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get length(): number {
    return this.bytes;
  }

  /** Puts a line at the end, on the disk when it returns. */
  async append(changes: StorageChanges): Promise<void> {
    const line = encodeLine(changes);
    await this.#mend();
    this.#torn = true;
    try {
      await this.file.appendFile(line);
      await this.file.datasync();
      this.#torn = false;
    } catch (error) {
      // At once where that works: another process may read it before the next use.
      await this.#mend().catch(() => undefined);
      throw error;
    }
    this.bytes += line.length;
  }

  /** Puts one line in the place of all. Where it fails the log says what it said, in more lines. */
  async replace(values: StorageChanges): Promise<void> {
    const path = join(this.folder, LOG);
    const line = encodeLine(values);
    const replacement = await this.options.files.open(`${path}.new`, APPENDING | constants.O_TRUNC, 0o600);
    try {
      await replacement.writeFile(line);
      await replacement.sync();
      await this.options.files.rename(`${path}.new`, path);
    } catch (error) {
      await replacement.close().catch(() => undefined);
      await this.options.files.rm(`${path}.new`, { force: true }).catch(() => undefined);
      throw error;
    }
    const old = this.file;
    this.file = replacement;
    this.bytes = line.length;
    this.#torn = false;
    this.#folderDirty = true;
    await old.close().catch(() => undefined);
    await this.#syncFolder();
  }

  async close(): Promise<void> {
    // A line that was said not to be kept must not be found by the next process.
    await this.#mend().catch(() => undefined);
    await this.file.close();
  }

  async #mend(): Promise<void> {
    if (this.#folderDirty) await this.#syncFolder();
    if (!this.#torn) return;
    await this.file.truncate(this.bytes);
    this.#torn = false;
  }

  async #syncFolder(): Promise<void> {
    await syncFolder(this.folder, this.options.files);
    this.#folderDirty = false;
  }
}

/** Makes the folder with mode 0700; one that others can look into is closed where the file system can do that. */
export async function prepareFolder(folder: string, files: StorageFiles): Promise<void> {
  await makeFolder(folder, 0o700, files);
  // Whether that helped is seen at the file itself.
  await files.chmod(folder, 0o700).catch(() => undefined);
}

/** Secrets that others can read are not secret any more: that is said before anything is written, and at every start. */
async function requirePrivate(file: FileHandle, path: string, isNew: boolean, options: StateLogOptions): Promise<void> {
  if (process.platform === 'win32' || options.othersMayRead) return;
  if (isNew) await file.chmod(0o600).catch(() => undefined);
  const { mode } = await file.stat();
  if ((mode & OTHERS) === 0) return;
  if (isNew) await options.files.rm(path, { force: true });
  throw new ClientError(
    'storage.failed',
    isNew
      ? `The file system of ${path} does not keep file permissions, so that others could read the keys: ` +
          'choose another folder, or encrypt the storage and open it with othersMayRead'
      : `${path} can be read by others: chmod 600 it`,
  );
}

async function read(path: string, files: StorageFiles): Promise<Buffer | null> {
  try {
    return await files.readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
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

function parse(bytes: Buffer, path: string): { values: Map<string, string>; length: number } {
  const values = new Map<string, string>();
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
