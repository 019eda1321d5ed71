import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { IDBDatabase, IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { verifySignature } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { BrowserStorage } from './browser-storage.js';
import { deleteDatabase, openRaw, OriginLocks } from './testing/origin.js';
import { describeStorageContract } from './testing/storage-contract.js';
import { describeStorageFaults } from './testing/storage-faults.js';

describeStorageContract('BrowserStorage', async () => {
  const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
  return {
    open: () => BrowserStorage.open('alice', origin),
    survivesClose: true,
    locks: true,
    remove: async () => undefined,
  };
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Every call of IndexedDB that the adapter makes, which throws from one on, or ends its transaction. */
class FaultyIndexedDb {
  #untilFault = Number.POSITIVE_INFINITY;
  #failed = false;

  constructor(private readonly how: 'throws' | 'aborts') {
    for (const method of ['get', 'getAllKeys', 'put', 'delete'] as const) this.#watch(IDBObjectStore, method);
    this.#watch(IDBDatabase, 'transaction');
  }

  failFrom(call: number): void {
    this.#untilFault = call;
    this.#failed = false;
  }

  heal(): boolean {
    this.#untilFault = Number.POSITIVE_INFINITY;
    return this.#failed;
  }

  #watch(owner: { readonly prototype: object }, method: string): void {
    const prototype = owner.prototype as Record<string, (...args: unknown[]) => unknown>;
    const original = prototype[method];
    const failing = (): boolean => --this.#untilFault <= 0;
    const { how } = this;
    const noteFailure = (): void => {
      this.#failed = true;
    };
    jest.spyOn(prototype, method).mockImplementation(function (this: unknown, ...args: unknown[]): unknown {
      if (!failing()) return original?.apply(this, args);
      noteFailure();
      if (how === 'throws') throw new DOMException('injected', 'QuotaExceededError');
      const result = original?.apply(this, args);
      const transaction = method === 'transaction' ? result : (this as { transaction: unknown }).transaction;
      (transaction as { abort(): void }).abort();
      return result;
    });
  }
}

/** Keeps everybody else's transactions waiting, by one that does not end. */
async function holdDatabase(indexedDB: IDBFactory): Promise<() => void> {
  const database = await openRaw(indexedDB);
  let held = true;
  const store = database.transaction('state', 'readwrite').objectStore('state');
  const hold = (): void => {
    if (held) store.get('a').addEventListener('success', hold);
    else database.close();
  };
  hold();
  return () => {
    held = false;
  };
}

for (const how of ['throws', 'aborts'] as const) {
  describeStorageFaults(`BrowserStorage (${how})`, async () => {
    const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
    const faults = new FaultyIndexedDb(how);
    return {
      open: () => BrowserStorage.open('alice', origin),
      survivesClose: true,
      locks: true,
      remove: async () => undefined,
      failFrom: (call) => faults.failFrom(call),
      heal: () => faults.heal(),
      stall: () => holdDatabase(origin.indexedDB),
      openFiles: () => 0,
    };
  });
}

describe('BrowserStorage', () => {
  it('BrowserStorage gives way to whoever deletes the database, and says so afterwards', async () => {
    const indexedDB = new IDBFactory();
    const locks = new OriginLocks();
    const storage = await BrowserStorage.open('alice', { indexedDB, locks });
    await storage.commit(new Map([['a', '1']]));
    await deleteDatabase(indexedDB);
    await expect(storage.get('a')).rejects.toMatchObject({ code: 'storage.failed' });
    await expect(storage.commit(new Map([['a', '2']]))).rejects.toMatchObject({ code: 'storage.failed' });
    await storage.close();
    const again = await BrowserStorage.open('alice', { indexedDB, locks });
    expect(await again.get('a')).toBeNull();
    await again.close();
  });

  it('BrowserStorage keeps the accounts of one origin apart', async () => {
    const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
    const alice = await BrowserStorage.open('alice', origin);
    const bob = await BrowserStorage.open('bob', origin);
    await alice.commit(new Map([['session', 'of Alice']]));
    expect(await bob.get('session')).toBeNull();
  });

  it('BrowserStorage holds keys that sign, and that nobody takes out of it', async () => {
    const origin = { indexedDB: new IDBFactory(), locks: new OriginLocks() };
    const first = await BrowserStorage.open('alice', origin);
    const made = await first.heldKeys.generate();
    const other = await first.heldKeys.generate();
    await first.close();
    const later = await BrowserStorage.open('alice', origin);
    const key = await later.heldKeys.find(made?.id ?? '');
    expect(key?.publicKey).toEqual(made?.key.publicKey);
    const message = new TextEncoder().encode('a request');
    const signature = await key?.sign(message);
    await loadSodium();
    expect(verifySignature(signature ?? message, message, key?.publicKey ?? message)).toBe(true);
    await later.heldKeys.keepOnly(other?.id ?? '');
    expect(await later.heldKeys.find(made?.id ?? '')).toBeNull();
    expect(await later.heldKeys.find(other?.id ?? '')).not.toBeNull();
  });

  it('BrowserStorage refuses an environment where two tabs could not be told apart', async () => {
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
