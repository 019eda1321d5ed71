import { ClientError } from '../errors.js';
import { ClientStorage, type StorageChanges } from './client-storage.js';

/** Keeps everything for as long as the object lives: for tests, and for programs that log in each time. */
export class MemoryStorage extends ClientStorage {
  readonly #values = new Map<string, string>();
  #closed = false;

  override async get(key: string): Promise<string | null> {
    this.#requireOpen();
    return this.#values.get(key) ?? null;
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    this.#requireOpen();
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  override async commit(changes: StorageChanges): Promise<void> {
    this.#requireOpen();
    applyChanges(this.#values, changes);
  }

  /** The content stays: a later client may take the same object over. */
  override async close(): Promise<void> {
    this.#closed = true;
  }

  /** Opens it again after close(), as a new process would open a file. */
  reopen(): this {
    this.#closed = false;
    return this;
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClientError('storage.failed', 'The storage was closed');
  }
}

/** What a commit does to a map in memory. */
export function applyChanges(values: Map<string, string>, changes: StorageChanges): void {
  for (const [key, value] of changes) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
}
