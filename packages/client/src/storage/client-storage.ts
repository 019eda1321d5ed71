import type { SessionKey } from '../http/session-proof.js';

/** A key that was made in a storage, and under which id it is found there again. */
export interface HeldKey {
  readonly id: string;
  readonly key: SessionKey;
}

/** Signing keys that a storage can use and not hand out: whoever reads the storage cannot take them along. */
export interface HeldKeys {
  /** null where this environment cannot make such a key. */
  generate(): Promise<HeldKey | null>;

  find(id: string): Promise<SessionKey | null>;

  /** Removes all others. @param id null: all */
  keepOnly(id: string | null): Promise<void>;
}

/** Keys and their new values; null removes a key. */
export type StorageChanges = ReadonlyMap<string, string | null>;

export interface CommitOptions {
  /** What was removed or replaced, now or before, is to leave no trace where the adapter can help it: for log-outs. */
  readonly erase?: boolean;
}

/**
 * Where a client keeps what must survive it: session, vault key, pins, streams, inbox position. A map of texts that is
 * changed in steps, each of which happens completely or not at all.
 *
 * The content is secret (it holds the vault key in the clear) and belongs to one client at a time: an adapter over
 * something that others can open takes a lock, and refuses a second owner with `storage.locked`.
 *
 * Every adapter passes the suite of testing/storage-contract.ts.
 */
export abstract class ClientStorage {
  /** The value of a key, null where there is none. */
  abstract get(key: string): Promise<string | null>;

  /** All keys that begin with `prefix`, in code unit order. */
  abstract keys(prefix: string): Promise<readonly string[]>;

  /**
   * Applies all changes or none. When it returns, they survive the end of the process.
   * @throws ClientError `storage.failed` where they could not be kept; the content is then as before
   */
  abstract commit(changes: StorageChanges, options?: CommitOptions): Promise<void>;

  /** Absent where the adapter can keep texts only: then the key of a session is one of them. */
  readonly heldKeys?: HeldKeys;

  /** Gives the lock back. Nothing may be asked of the storage afterwards. */
  abstract close(): Promise<void>;

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
