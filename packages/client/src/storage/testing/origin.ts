import type { LockPort } from '../browser-storage.js';

/** Web Locks of one origin, as far as `ifAvailable` goes. */
export class OriginLocks implements LockPort {
  readonly #held = new Set<string>();

  async request(
    name: string,
    _options: { readonly ifAvailable: true },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<void> {
    if (this.#held.has(name)) return callback(null);
    this.#held.add(name);
    try {
      await callback({ name });
    } finally {
      this.#held.delete(name);
    }
  }
}

/** A connection beside the adapter's. */
export function openRaw(indexedDB: IDBFactory, version?: number): Promise<globalThis.IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('sealpost/alice', version);
    request.addEventListener('upgradeneeded', ({ oldVersion }) => {
      if (oldVersion === 0) request.result.createObjectStore('state');
    });
    request.addEventListener('success', () => {
      resolve(request.result);
    });
    request.addEventListener('error', () => {
      reject(new Error(request.error?.name));
    });
    request.addEventListener('blocked', () => {
      reject(new Error('blocked by an open connection'));
    });
  });
}

export function deleteDatabase(indexedDB: IDBFactory): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('sealpost/alice');
    request.onsuccess = () => {
      resolve();
    };
    request.onerror = reject;
    request.onblocked = () => {
      reject(new Error('blocked by an open connection'));
    };
  });
}
