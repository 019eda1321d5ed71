import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSodium } from '../crypto/sodium.js';
import { FileStorage } from '../node/file-storage.js';
import { FaultyFiles } from '../node/testing/faulty-files.js';
import { EncryptedStorage } from './encrypted-storage.js';
import type { HeldKeys } from './client-storage.js';
import { MemoryStorage } from './memory-storage.js';
import type { StorageUnlock } from './storage-header.js';
import { describeStorageContract } from './testing/storage-contract.js';
import { describeStorageFaults } from './testing/storage-faults.js';

const withKey = (byte = 7): StorageUnlock => ({ storageKey: async () => new Uint8Array(32).fill(byte) });
const withPassphrase = (passphrase = 'correct horse'): StorageUnlock => ({ passphrase });

const folders: string[] = [];
beforeAll(loadSodium);
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sealpost-encrypted-'));
  folders.push(folder);
  return folder;
}

describeStorageContract('EncryptedStorage', async () => {
  const folder = join(await makeFolder(), 'profile');
  return {
    open: async () => {
      const inner = await FileStorage.open(folder);
      return EncryptedStorage.open(inner, withKey());
    },
    survivesClose: true,
    locks: true,
    remove: async () => undefined,
  };
});

describe('The keys that the storage below holds', () => {
  it('the keys that the storage below holds are those of the encrypted one, and none where it has none', async () => {
    class HoldingStorage extends MemoryStorage {
      override readonly heldKeys: HeldKeys = {
        generate: async () => null,
        find: async () => null,
        keepOnly: async () => undefined,
      };
    }
    const inner = new HoldingStorage();
    expect((await EncryptedStorage.open(inner, withKey())).heldKeys).toBe(inner.heldKeys);
    expect((await EncryptedStorage.open(inner, withKey())).heldKeys).toBe(inner.heldKeys);
    expect((await EncryptedStorage.open(new MemoryStorage(), withKey())).heldKeys).toBeUndefined();
  });
});

describeStorageFaults('EncryptedStorage', async () => {
  const folder = join(await makeFolder(), 'profile');
  const files = new FaultyFiles({ code: 'ENOSPC', torn: true });
  return {
    open: async () => {
      const inner = await FileStorage.open(folder, { files });
      return EncryptedStorage.open(inner, withKey()).catch(async (error: unknown) => {
        await inner.close().catch(() => undefined);
        throw error;
      });
    },
    survivesClose: true,
    locks: true,
    remove: async () => undefined,
    failFrom: (call) => files.failFrom(call),
    heal: () => files.heal(),
    stall: () => files.stall(),
    openFiles: () => files.handles,
  };
});

describe('EncryptedStorage', () => {
  it('EncryptedStorage leaves nothing readable of what is kept, names included', async () => {
    const folder = await makeFolder();
    const storage = await EncryptedStorage.open(await FileStorage.open(folder), withPassphrase());
    await storage.commit(new Map([['contact/alice', 'the vault key']]));
    await storage.close();
    const log = await readFile(join(folder, 'state.log'), 'utf8');
    expect(log).not.toMatch(/vault|contact|alice/);
    const again = await EncryptedStorage.open(await FileStorage.open(folder), withPassphrase());
    expect(await again.get('contact/alice')).toBe('the vault key');
    await again.close();
  });

  it('EncryptedStorage encrypts a storage that is in use, and leaves no trace of what was readable', async () => {
    const folder = await makeFolder();
    const plain = await FileStorage.open(folder);
    await plain.commit(new Map([['session', 'the vault key']]));
    await plain.commit(new Map([['session', 'the vault key, again']]));
    const storage = await EncryptedStorage.open(plain, withPassphrase());
    expect(await storage.get('session')).toBe('the vault key, again');
    await storage.close();
    expect(await readFile(join(folder, 'state.log'), 'utf8')).not.toMatch(/vault|session/);
  });

  it('EncryptedStorage goes on where encrypting was cut off', async () => {
    const inner = new MemoryStorage();
    await inner.commit(new Map([['session', 'kept']]));
    const commit = inner.commit.bind(inner);
    let left = 1;
    inner.commit = (changes) => (left-- > 0 ? commit(changes) : Promise.reject(new Error('cut off')));
    await expect(EncryptedStorage.open(inner, withPassphrase())).rejects.toThrow('cut off');
    expect(await inner.get('session')).toBeNull();
    inner.commit = commit;
    const storage = await EncryptedStorage.open(inner, withPassphrase());
    expect(await storage.get('session')).toBe('kept');
    expect(JSON.parse((await inner.get('encrypted-storage')) ?? '')).toMatchObject({ erasing: false });
  });

  it('EncryptedStorage opens with nothing but what it was encrypted with', async () => {
    const inner = new MemoryStorage();
    await (await EncryptedStorage.open(inner, withPassphrase())).commit(new Map([['a', '1']]));
    for (const other of [withPassphrase('Correct horse'), withPassphrase('x'), withKey()]) {
      await expect(EncryptedStorage.open(inner, other)).rejects.toMatchObject({ code: 'storage.key-refused' });
    }
    const short = { storageKey: async () => new Uint8Array(31) };
    await expect(EncryptedStorage.open(new MemoryStorage(), short)).rejects.toMatchObject({
      code: 'client.invalid-argument',
    });
    await expect(EncryptedStorage.open(new MemoryStorage(), withPassphrase(''))).rejects.toMatchObject({
      code: 'client.invalid-argument',
    });
  });

  it('EncryptedStorage takes another passphrase, or a key, in place of the one before', async () => {
    const inner = new MemoryStorage();
    const storage = await EncryptedStorage.open(inner, withPassphrase());
    await storage.commit(new Map([['a', '1']]));
    await storage.changeUnlock(withKey(1));
    await expect(EncryptedStorage.open(inner, withPassphrase())).rejects.toMatchObject({ code: 'storage.key-refused' });
    await expect(EncryptedStorage.open(inner, withKey(2))).rejects.toMatchObject({ code: 'storage.key-refused' });
    expect(await (await EncryptedStorage.open(inner, withKey(1))).get('a')).toBe('1');
  });

  it('EncryptedStorage stops at an entry that was changed, moved or comes from another storage', async () => {
    const inner = new MemoryStorage();
    const storage = await EncryptedStorage.open(inner, withKey());
    await storage.commit(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
    const [first = '', second = ''] = await inner.keys('sealed/');
    const value = (await inner.get(first)) ?? '';
    const flipped = `${value.slice(0, -1)}${value.endsWith('A') ? 'E' : 'A'}`;
    for (const wrong of [flipped, await inner.get(second), '', 'AAAA', '!']) {
      await inner.commit(new Map([[first, wrong]]));
      await expect(EncryptedStorage.open(inner, withKey())).rejects.toMatchObject({ code: 'storage.damaged' });
    }
    await inner.commit(new Map([[first, value]]));
    const whole = (await inner.get('encrypted-storage')) ?? '';
    await inner.commit(new Map([['encrypted-storage', null]]));
    await expect(EncryptedStorage.open(inner, withKey())).rejects.toMatchObject({ code: 'storage.damaged' });
    expect(await inner.get(first)).toBe(value);
    await inner.commit(new Map([['encrypted-storage', whole]]));
    expect(await (await EncryptedStorage.open(inner, withKey())).get('b')).toBe('2');
    for (const header of ['', 'null', '{}', '{"version":2}', '{"version":1,"wrapped":"AAAA"}']) {
      await inner.commit(new Map([['encrypted-storage', header]]));
      await expect(EncryptedStorage.open(inner, withKey())).rejects.toMatchObject({ code: 'storage.damaged' });
    }
  });
});
