import { describe, expect, it } from '@jest/globals';
import { IDBFactory } from 'fake-indexeddb';
import { BrowserStorage, type LockPort } from './browser-storage.js';
import { describeStorageContract } from './testing/storage-contract.js';

/** Web Locks of one origin, as far as `ifAvailable` goes. */
class OriginLocks implements LockPort {
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

describeStorageContract('BrowserStorage', async () => {
  const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
  return {
    open: () => BrowserStorage.open('alice', origin),
    survivesClose: true,
    locks: true,
    remove: async () => undefined,
  };
});

describe('BrowserStorage', () => {
  it('keeps the accounts of one origin apart', async () => {
    const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
    const alice = await BrowserStorage.open('alice', origin);
    const bob = await BrowserStorage.open('bob', origin);
    await alice.commit(new Map([['session', 'of Alice']]));
    expect(await bob.get('session')).toBeNull();
  });

  it('refuses an environment where two tabs could not be told apart', async () => {
    // Node has Web Locks of its own from version 24 on.
    const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    try {
      const open = BrowserStorage.open('alice', { indexedDB: new IDBFactory() });
      await expect(open).rejects.toMatchObject({ code: 'storage.failed' });
    } finally {
      if (navigator === undefined) Reflect.deleteProperty(globalThis, 'navigator');
      else Object.defineProperty(globalThis, 'navigator', navigator);
    }
  });
});
