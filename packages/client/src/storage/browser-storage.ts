import { ClientError } from '../errors.js';
import { ClientStorage, type StorageChanges } from './client-storage.js';

const STORE = 'state';

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
 * durability. One tab or worker at a time (`storage.locked`). Whoever runs scripts in the origin can read it.
 */
export class BrowserStorage extends ClientStorage {
  private constructor(
    private readonly database: IDBDatabase,
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
      return new BrowserStorage(await openDatabase(options.indexedDB ?? globalThis.indexedDB, name), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  override async get(key: string): Promise<string | null> {
    const value: unknown = await settled(this.#store('readonly').get(key));
    return typeof value === 'string' ? value : null;
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    const keys = await settled(this.#store('readonly').getAllKeys());
    return keys
      .filter((key) => typeof key === 'string')
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  override commit(changes: StorageChanges): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.#transaction('readwrite');
      const fail = (): void => {
        reject(new ClientError('storage.failed', 'The state could not be written', { cause: transaction.error }));
      };
      transaction.addEventListener('complete', () => {
        resolve();
      });
      transaction.addEventListener('abort', fail);
      const store = transaction.objectStore(STORE);
      for (const [key, value] of changes) {
        if (value === null) store.delete(key);
        else store.put(value, key);
      }
    });
  }

  override async close(): Promise<void> {
    this.database.close();
    this.release();
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#transaction(mode).objectStore(STORE);
  }

  #transaction(mode: IDBTransactionMode): IDBTransaction {
    try {
      return this.database.transaction(STORE, mode, { durability: 'strict' });
    } catch (cause) {
      throw new ClientError('storage.failed', 'The storage was closed', { cause });
    }
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

function openDatabase(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  const request = factory.open(`sealpost/${name}`, 1);
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore(STORE);
  });
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      resolve(request.result);
    });
    request.addEventListener('error', () => {
      reject(new ClientError('storage.failed', 'The state could not be read', { cause: request.error }));
    });
  });
}
