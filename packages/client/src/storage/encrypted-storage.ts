import { decodeBase64Url, encodeBase64Url, ProtocolError } from '@sealpost/protocol';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { loadSodium } from '../crypto/sodium.js';
import { entryName, openEntry, sealEntry, storageKeys, type StorageKeys } from '../crypto/storage-key.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import { ClientStorage, type CommitOptions, type HeldKeys, type StorageChanges } from './client-storage.js';
import { applyChanges } from './memory-storage.js';
import {
  decodeHeader,
  encodeHeader,
  makeHeader,
  STORAGE_HEADER,
  unlockHeader,
  type StorageUnlock,
} from './storage-header.js';

const ENTRY = 'sealed/';

/**
 * Encrypts what another storage keeps: values and the names of keys, under a random key that a passphrase or a key from
 * outside wraps. A copy of the files is worth nothing without it; how many entries there are and how long they are can be
 * seen, and whoever can write there can put older states back. Everything is held decrypted in memory while it is open.
 */
export class EncryptedStorage extends ClientStorage {
  declare readonly heldKeys?: HeldKeys;
  #closed = false;

  private constructor(
    private readonly inner: ClientStorage,
    private readonly storageKey: Uint8Array,
    private readonly keyring: StorageKeys,
    private readonly values: Map<string, string>,
  ) {
    super();
    // They cannot be exported, which no encryption of ours could better.
    if (inner.heldKeys !== undefined) this.heldKeys = inner.heldKeys;
  }

  /** Whether a storage was encrypted, so that it has to be opened with what unlocks it. */
  static async isEncrypted(inner: ClientStorage): Promise<boolean> {
    return (await inner.get(STORAGE_HEADER)) !== null;
  }

  /**
   * Opens an encrypted storage. One that is not encrypted yet, new or in use, is encrypted first: in one commit, and
   * without a trace of what was readable where the adapter can help it.
   * @param inner belongs to the result, which closes it
   * @throws ClientError `storage.key-refused` for another passphrase or key, `storage.damaged`
   */
  static async open(inner: ClientStorage, unlock: StorageUnlock): Promise<EncryptedStorage> {
    await loadSodium();
    const text = await inner.get(STORAGE_HEADER);
    if (text === null) return EncryptedStorage.#encrypt(inner, unlock);
    const header = decodeHeader(text);
    const storageKey = await unlockHeader(header, unlock);
    const keys = storageKeys(storageKey);
    const storage = new EncryptedStorage(inner, storageKey, keys, await readEntries(inner, keys));
    // The last one may have been cut off between encrypting and erasing.
    if (header.erasing) await storage.#writeHeader(encodeHeader({ ...header, erasing: false }));
    return storage;
  }

  static async #encrypt(inner: ClientStorage, unlock: StorageUnlock): Promise<EncryptedStorage> {
    // They were encrypted under a key that the header had: to begin anew would bury them.
    const [orphan] = await inner.keys(ENTRY);
    if (orphan !== undefined) throw damaged(orphan);
    const { header, storageKey } = await makeHeader(unlock);
    const keys = storageKeys(storageKey);
    const values = new Map<string, string>();
    const changes = new Map<string, string | null>([[STORAGE_HEADER, encodeHeader({ ...header, erasing: true })]]);
    for (const key of await inner.keys('')) {
      const value = await inner.get(key);
      changes.set(key, null);
      if (value !== null) values.set(key, value);
    }
    for (const [key, value] of values) changes.set(...sealed(keys, key, value));
    await inner.commit(changes, { erase: true });
    const storage = new EncryptedStorage(inner, storageKey, keys, values);
    await storage.#writeHeader(encodeHeader(header));
    return storage;
  }

  override async get(key: string): Promise<string | null> {
    this.#requireOpen();
    return this.values.get(key) ?? null;
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    this.#requireOpen();
    return [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  override async commit(changes: StorageChanges, options?: CommitOptions): Promise<void> {
    this.#requireOpen();
    const inner = new Map<string, string | null>();
    for (const [key, value] of changes) {
      if (value === null) inner.set(nameOf(this.keyring, key), null);
      else inner.set(...sealed(this.keyring, key, value));
    }
    await this.inner.commit(inner, options);
    applyChanges(this.values, changes);
  }

  /**
   * From now on another passphrase or key opens it. The old one opens copies that were made before.
   * @throws ClientError `storage.failed`: then the old one goes on to count
   */
  async changeUnlock(unlock: StorageUnlock): Promise<void> {
    this.#requireOpen();
    const { header } = await makeHeader(unlock, this.storageKey);
    await this.#writeHeader(encodeHeader(header));
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.values.clear();
    wipe(this.storageKey, this.keyring.entries, this.keyring.names);
    await this.inner.close();
  }

  async #writeHeader(header: string): Promise<void> {
    await this.inner.commit(new Map([[STORAGE_HEADER, header]]), { erase: true });
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClientError('storage.failed', 'The storage was closed');
  }
}

function nameOf(keys: StorageKeys, key: string): string {
  return `${ENTRY}${encodeBase64Url(entryName(keys, key))}`;
}

function sealed(keys: StorageKeys, key: string, value: string): [string, string] {
  return [nameOf(keys, key), encodeBase64Url(sealEntry(keys, entryName(keys, key), key, value))];
}

async function readEntries(inner: ClientStorage, keys: StorageKeys): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const place of await inner.keys(ENTRY)) {
    const name = decodeBase64Url(place.slice(ENTRY.length));
    const bytes = decodeBase64Url((await inner.get(place)) ?? '');
    if (name === null || bytes === null) throw damaged(place);
    try {
      values.set(...openEntry(keys, name, bytes));
    } catch (cause) {
      if (cause instanceof CryptoRefused || cause instanceof ProtocolError) throw damaged(place, cause);
      throw cause;
    }
  }
  return values;
}

function damaged(place: string, cause?: unknown): ClientError {
  return new ClientError('storage.damaged', `The entry ${place} of the encrypted storage cannot be opened`, { cause });
}
