import { ClientError } from '../errors.js';
import { BrowserConnection, STORES } from './browser-connection.js';
import { ClientStorage, type HeldKey, type HeldKeys, type StorageChanges } from './client-storage.js';
import type { SessionKey } from '../http/session-proof.js';
import { generateWebCryptoKey, sessionKeyOfPair } from './web-crypto-keys.js';

/** The part of the Web Locks API that is used. */
export interface LockPort {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<unknown>;
}

export interface BrowserStorageOptions {
  /** Default: the page's own. */
  readonly indexedDB?: IDBFactory;
  /** Default: navigator.locks. Without it two tabs could send under one stream position, so opening is refused. */
  readonly locks?: LockPort;
}

/**
 * Keeps a client's state in an IndexedDB database of the page's origin; every commit is one transaction with strict
 * durability. One tab or worker at a time (`storage.locked`). A connection that the browser has taken away is opened again. Whoever runs scripts in the origin can read it, but for the
 * private half of the session's key, which can be used there and not taken out.
 */
export class BrowserStorage extends ClientStorage {
  private constructor(
    private readonly connection: BrowserConnection,
    private readonly release: () => void,
  ) {
    super();
  }

  /** @param name of the database; one for each account */
  static async open(name: string, options: BrowserStorageOptions = {}): Promise<BrowserStorage> {
    const locks = options.locks ?? (globalThis.navigator as { locks?: LockPort } | undefined)?.locks;
    if (locks === undefined) throw new ClientError('storage.failed', 'This environment has no Web Locks');
    const release = await holdLock(locks, `sealpost/${name}`);
    try {
      const connection = await BrowserConnection.open(options.indexedDB ?? globalThis.indexedDB, name);
      return new BrowserStorage(connection, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  override async get(key: string): Promise<string | null> {
    const state = await this.#store(STORES.state, 'readonly');
    const value: unknown = await settled(() => state.get(key));
    return typeof value === 'string' ? value : null;
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    const state = await this.#store(STORES.state, 'readonly');
    const keys = await settled(() => state.getAllKeys());
    return keys
      .filter((key) => typeof key === 'string')
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  override async commit(changes: StorageChanges): Promise<void> {
    const transaction = await this.connection.transaction(STORES.state, 'readwrite');
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        reject(new ClientError('storage.failed', 'The state could not be written', { cause }));
      };
      transaction.addEventListener('complete', () => {
        resolve();
      });
      transaction.addEventListener('abort', () => {
        fail(transaction.error);
      });
      try {
        const store = transaction.objectStore(STORES.state);
        for (const [key, value] of changes) {
          if (value === null) store.delete(key);
          else store.put(value, key);
        }
      } catch (cause) {
        // Nothing of it may be kept. A transaction that cannot be aborted has been already.
        try {
          transaction.abort();
        } catch {
          // It is over.
        }
        fail(cause);
      }
    });
  }

  override readonly heldKeys: HeldKeys = {
    generate: () => this.#generateKey(),
    find: (id) => this.#findKey(id),
    keepOnly: (id) => this.#keepOnlyKey(id),
  };

  override async close(): Promise<void> {
    this.connection.close();
    this.release();
  }

  async #generateKey(): Promise<HeldKey | null> {
    const pair = await generateWebCryptoKey();
    if (pair === null) return null;
    const id = globalThis.crypto.randomUUID();
    try {
      const keys = await this.#store(STORES.keys, 'readwrite');
      await settled(() => keys.put(pair, id));
    } catch {
      // Some browsers make such keys and cannot store them.
      return null;
    }
    return { id, key: await sessionKeyOfPair(pair) };
  }

  async #findKey(id: string): Promise<SessionKey | null> {
    const keys = await this.#store(STORES.keys, 'readonly');
    const pair = (await settled(() => keys.get(id))) as CryptoKeyPair | undefined;
    return pair === undefined ? null : sessionKeyOfPair(pair);
  }

  async #keepOnlyKey(id: string | null): Promise<void> {
    const store = await this.#store(STORES.keys, 'readwrite');
    for (const key of await settled(() => store.getAllKeys())) if (key !== id) await settled(() => store.delete(key));
  }

  async #store(store: string, mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.connection.transaction(store, mode)).objectStore(store);
  }
}

/** Takes the lock until the function that it resolves with is called, or the page goes away. */
function holdLock(locks: LockPort, name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          reject(new ClientError('storage.locked', 'The profile is in use by another tab or worker'));
          return Promise.resolve();
        }
        return new Promise<void>((release) => {
          resolve(release);
        });
      })
      .catch(reject);
  });
}

/** What a request gives. Where it cannot even be made, or its transaction ends before it, that is a failure as well. */
function settled<T>(ask: () => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(new ClientError('storage.failed', 'The state could not be read', { cause }));
    };
    try {
      const request = ask();
      request.addEventListener('success', () => {
        resolve(request.result);
      });
      request.addEventListener('error', () => {
        fail(request.error);
      });
      request.transaction?.addEventListener('abort', () => {
        fail(request.transaction?.error);
      });
    } catch (error) {
      fail(error);
    }
  });
}
