import { afterEach, describe, expect, it } from '@jest/globals';
import * as nodeFiles from 'node:fs/promises';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorageContract } from '../storage/testing/storage-contract.js';
import { FileStorage } from './file-storage.js';
import { FaultyFiles, type FileFault } from './testing/faulty-files.js';
import { describeStorageFaults } from '../storage/testing/storage-faults.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sealpost-storage-'));
  folders.push(folder);
  return folder;
}

/** Without what is left of the lock. */
async function filesOfState(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !/^lock(\.\d+)?$/.test(name));
}

describeStorageContract('FileStorage', async () => {
  const folder = join(await makeFolder(), 'profile');
  return { open: () => FileStorage.open(folder), survivesClose: true, locks: true, remove: async () => undefined };
});

const FAULTS: readonly FileFault[] = [{ code: 'ENOSPC', torn: true }, { code: 'EROFS' }, { code: 'EIO', torn: true }];
for (const fault of FAULTS) {
  describeStorageFaults(`FileStorage (${fault.code})`, async () => {
    const folder = join(await makeFolder(), 'profile');
    const files = new FaultyFiles(fault);
    return {
      open: () => FileStorage.open(folder, { files }),
      survivesClose: true,
      locks: true,
      remove: async () => undefined,
      failFrom: (call) => files.failFrom(call),
      heal: () => files.heal(),
      stall: () => files.stall(),
      openFiles: () => files.handles,
    };
  });
}

describe('FileStorage', () => {
  it('FileStorage lets nobody but its owner read what it keeps', async () => {
    const folder = join(await makeFolder(), 'profile');
    const storage = await FileStorage.open(folder);
    await storage.commit(new Map([['vault', 'key']]));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    await storage.close();
    await chmod(join(folder, 'state.log'), 0o644);
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('FileStorage drops a line that a crash cut off, and goes on after the last whole one', async () => {
    const folder = await makeFolder();
    const first = await FileStorage.open(folder);
    await first.commit(new Map([['a', 'kept']]));
    const length = (await stat(join(folder, 'state.log'))).size;
    await first.commit(new Map([['a', 'lost']]));
    await first.close();
    const log = await readFile(join(folder, 'state.log'));
    await writeFile(join(folder, 'state.log'), log.subarray(0, length + 20));
    const second = await FileStorage.open(folder);
    expect(await second.get('a')).toBe('kept');
    await second.commit(new Map([['b', 'after']]));
    await second.close();
    const third = await FileStorage.open(folder);
    expect([await third.get('a'), await third.get('b')]).toEqual(['kept', 'after']);
    await third.close();
  });

  it('FileStorage stops at a damaged line instead of going on with an older state', async () => {
    const folder = await makeFolder();
    const first = await FileStorage.open(folder);
    await first.commit(new Map([['seq', '1']]));
    await first.close();
    const log = await readFile(join(folder, 'state.log'), 'utf8');
    await writeFile(join(folder, 'state.log'), log.replace('"1"', '"2"'));
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.damaged' });
    // The lock was given back, so that the owner can repair the profile.
    await writeFile(join(folder, 'state.log'), log);
    await (await FileStorage.open(folder)).close();
  });

  it('FileStorage stays small however often the same things are written', async () => {
    const folder = await makeFolder();
    const storage = await FileStorage.open(folder);
    const value = 'x'.repeat(100_000);
    for (let n = 0; n < 40; n++) await storage.commit(new Map([['a', `${n}${value}`]]));
    await storage.close();
    expect((await stat(join(folder, 'state.log'))).size).toBeLessThan(1_300_000);
    const again = await FileStorage.open(folder);
    expect((await again.get('a'))?.startsWith('39x')).toBe(true);
    await again.close();
  });

  it('FileStorage keeps no trace of what was erased, also in earlier lines', async () => {
    const folder = await makeFolder();
    const storage = await FileStorage.open(folder);
    await storage.commit(
      new Map([
        ['session', 'the vault key'],
        ['pin', 'kept'],
      ]),
    );
    await storage.commit(new Map([['session', 'the vault key, again']]));
    await storage.commit(new Map([['session', null]]), { erase: true });
    await storage.close();
    expect(await filesOfState(folder)).toEqual(['state.log']);
    expect(await readFile(join(folder, 'state.log'), 'utf8')).not.toContain('vault key');
    const again = await FileStorage.open(folder);
    expect([await again.get('session'), await again.get('pin')]).toEqual([null, 'kept']);
    await again.close();
  });

  it('FileStorage waits for the owner as long as it is told to', async () => {
    const folder = await makeFolder();
    const first = await FileStorage.open(folder);
    const second = FileStorage.open(folder, { lockWaitMs: 20_000 });
    await first.commit(new Map([['a', '1']]));
    await first.close();
    expect(await (await second).get('a')).toBe('1');
    await (await second).close();
  });

  it('FileStorage keeps what was committed when there is no room to rewrite the log, and rewrites it later', async () => {
    const folder = await makeFolder();
    const files = new FaultyFiles({ code: 'ENOSPC' });
    const storage = await FileStorage.open(folder, { files });
    const value = 'x'.repeat(400_000);
    await storage.commit(new Map([['a', `0${value}`]]));
    for (let n = 1; n < 6; n++) {
      // The two calls that append a line work, and what makes a new log does not.
      files.failFrom(3);
      await storage.commit(new Map([['a', `${n}${value}`]]));
    }
    expect(files.heal()).toBe(true);
    expect(files.handles).toBe(1);
    for (let n = 6; n < 9; n++) await storage.commit(new Map([['a', `${n}${value}`]]));
    expect((await stat(join(folder, 'state.log'))).size).toBeLessThan(2_000_000);
    expect((await storage.get('a'))?.startsWith('8x')).toBe(true);
    await storage.close();
  });

  it('FileStorage refuses a file system that keeps no permissions at the first start already, unless it is told to go on', async () => {
    const folder = join(await makeFolder(), 'profile');
    await mkdir(folder);
    const umask = process.umask(0);
    const files = { ...nodeFiles, open: openWithoutModes, chmod: async () => undefined };
    try {
      for (const start of ['first', 'second']) {
        const outcome = await FileStorage.open(folder, { files }).catch((error: unknown) => String(error));
        expect([start, outcome]).toEqual([start, expect.stringMatching(/does not keep file permissions/)]);
      }
      for (const start of ['first', 'second']) {
        const storage = await FileStorage.open(folder, { files, othersMayRead: true });
        await storage.commit(new Map([['a', start]]));
        await storage.close();
      }
    } finally {
      process.umask(umask);
    }
  });

  it('FileStorage says in words what is wrong with a folder that cannot be used', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(FileStorage.open(join(folder, 'file'))).rejects.toMatchObject({ code: 'storage.failed' });
    await mkdir(join(folder, 'profile', 'state.log'), { recursive: true });
    await expect(FileStorage.open(join(folder, 'profile'))).rejects.toMatchObject({
      code: 'storage.failed',
      message: expect.stringMatching(/cannot be used: a folder is where a file belongs/) as unknown,
    });
    const storage = await FileStorage.open(join(folder, 'gone'));
    await rm(join(folder, 'gone'), { recursive: true });
    await expect(storage.commit(new Map([['a', '1']]))).rejects.toMatchObject({ code: 'storage.locked' });
    await storage.close();
  });

  it('FileStorage gives a torn first line no power over the rest', async () => {
    const folder = await makeFolder();
    await appendFile(join(folder, 'state.log'), 'abc', { mode: 0o600 });
    const storage = await FileStorage.open(folder);
    expect(await storage.keys('')).toEqual([]);
    await storage.close();
  });
});

/** Opens files like FAT, where each file has the same mode. */
const openWithoutModes: typeof nodeFiles.open = async (path, flags) => {
  const handle = await nodeFiles.open(path, flags, 0o777);
  handle.chmod = async () => undefined;
  return handle;
};
