import * as nodeFiles from 'node:fs/promises';
import { join } from 'node:path';
import { FileLock } from '@sealpost/file-lock';
import { ClientError } from '../errors.js';
import { ClientStorage, type CommitOptions, type StorageChanges } from '../storage/client-storage.js';
import { applyChanges } from '../storage/memory-storage.js';
import { prepareFolder, StateLog, type StorageFiles } from './state-log.js';
import { storageFailure } from './storage-failure.js';

const LOCK = 'lock';
/** Rewritten when the log is this much larger than what it says, and only then. */
const COMPACT_FACTOR = 4;
const COMPACT_MIN_BYTES = 1024 * 1024;
/** After a compaction that failed, the next is tried when the log has grown by this much. */
const COMPACT_RETRY_GROWTH = 1.25;

export interface FileStorageOptions {
  /** How long to wait for another process that uses the folder, in milliseconds; 0 (the default) refuses at once. */
  readonly lockWaitMs?: number;
  /** Called once if another process has to be waited for, with who that is. */
  readonly onWait?: (reason: string) => void;
  /**
   * Goes on where the file system keeps no permissions (FAT, some shares), so that others can read the file. For storages
   * that are encrypted, see EncryptedStorage; the default refuses.
   */
  readonly othersMayRead?: boolean;
  /** Files in place of Node's own, for tests. */
  readonly files?: StorageFiles;
}

/**
 * Keeps a client's state in a folder of its own (mode 0700): a log with one line per commit (mode 0600), flushed to the
 * disk before commit() returns. A line carries its checksum, so that one that was cut off by a crash counts as not
 * written; a damaged one anywhere else stops the client with `storage.damaged`. One process at a time (`storage.locked`),
 * also where containers or hosts share the folder.
 */
export class FileStorage extends ClientStorage {
  readonly #values: Map<string, string>;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;
  /** What was erased is still to be had from earlier lines. */
  #erasing = false;
  #compactFrom = COMPACT_MIN_BYTES;

  private constructor(
    readonly folder: string,
    private readonly lock: FileLock,
    private readonly log: StateLog,
    values: Map<string, string>,
  ) {
    super();
    this.#values = values;
  }

  /** @throws ClientError `storage.locked`, `storage.failed` (the message says what to do), `storage.damaged` */
  static async open(folder: string, options: FileStorageOptions = {}): Promise<FileStorage> {
    const { lockWaitMs = 0, onWait, othersMayRead = false, files = nodeFiles } = options;
    try {
      await prepareFolder(folder, files);
      const waiting = onWait === undefined ? {} : { onWait };
      const lock = await FileLock.acquire(join(folder, LOCK), { waitMs: lockWaitMs, ...waiting });
      try {
        const { log, values } = await StateLog.open(folder, { files, othersMayRead });
        return new FileStorage(folder, lock, log, values);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw storageFailure(folder, error);
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

  override async commit(changes: StorageChanges, { erase = false }: CommitOptions = {}): Promise<void> {
    this.#requireOpen();
    return this.#inTurn(async () => {
      await this.lock.requireHeld();
      await this.log.append(changes);
      applyChanges(this.#values, changes);
      if (erase) this.#erasing = true;
      await this.#compactIfDue();
    });
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inTurn(async () => {
      if (this.#erasing) await this.#compact().catch(() => undefined);
      await this.log.close().finally(() => this.lock.release());
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work).catch((error: unknown) => {
      throw storageFailure(this.folder, error);
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** The commit is kept by now: a disk that has no room for a second log makes it no failure. It is tried again later. */
  async #compactIfDue(): Promise<void> {
    const { length } = this.log;
    const outgrown = length > this.#compactFrom && length > COMPACT_FACTOR * sizeOf(this.#values);
    if (!this.#erasing && !outgrown) return;
    await this.#compact().catch(() => {
      this.#compactFrom = length * COMPACT_RETRY_GROWTH;
    });
  }

  async #compact(): Promise<void> {
    await this.log.replace(this.#values);
    this.#erasing = false;
    this.#compactFrom = COMPACT_MIN_BYTES;
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClientError('storage.failed', 'The storage was closed');
  }
}

function sizeOf(values: ReadonlyMap<string, string>): number {
  let size = 0;
  for (const [key, value] of values) size += key.length + value.length;
  return size;
}
