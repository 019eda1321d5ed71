import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorageContract } from '../storage/testing/storage-contract.js';
import { FileStorage } from './file-storage.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sealpost-storage-'));
  folders.push(folder);
  return folder;
}

describeStorageContract('FileStorage', async () => {
  const folder = join(await makeFolder(), 'profile');
  return { open: () => FileStorage.open(folder), survivesClose: true, locks: true, remove: async () => undefined };
});

describe('FileStorage', () => {
  it('lets nobody but its owner read what it keeps', async () => {
    const folder = join(await makeFolder(), 'profile');
    const storage = await FileStorage.open(folder);
    await storage.commit(new Map([['vault', 'key']]));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    await storage.close();
    await chmod(join(folder, 'state.log'), 0o644);
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('drops a line that a crash cut off, and goes on after the last whole one', async () => {
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

  it('stops at a damaged line instead of going on with an older state', async () => {
    const folder = await makeFolder();
    const first = await FileStorage.open(folder);
    await first.commit(new Map([['seq', '1']]));
    await first.close();
    const log = await readFile(join(folder, 'state.log'), 'utf8');
    await writeFile(join(folder, 'state.log'), log.replace('"1"', '"2"'));
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.damaged' });
    // The lock was given back, so that the owner can repair the profile.
    expect(await readdir(folder)).toEqual(['state.log']);
  });

  it('stays small however often the same things are written', async () => {
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

  it('keeps no trace of what was erased, also in earlier lines', async () => {
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
    expect(await readdir(folder)).toEqual(['state.log']);
    expect(await readFile(join(folder, 'state.log'), 'utf8')).not.toContain('vault key');
    const again = await FileStorage.open(folder);
    expect([await again.get('session'), await again.get('pin')]).toEqual([null, 'kept']);
    await again.close();
  });

  it('takes over from a process that was killed, and not from one that lives', async () => {
    const folder = await makeFolder();
    const { pid, end } = await startIdleProcess();
    const owner = { pid, startedAt: null, token: 'other' };
    await writeFile(join(folder, 'lock'), JSON.stringify(owner), { mode: 0o600 });
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.locked' });
    await end();
    await (await FileStorage.open(folder)).close();
  });

  it('is not fooled by another process that has the number of the dead one', async () => {
    const folder = await makeFolder();
    const owner = { pid: process.pid, startedAt: '1', token: 'other' };
    await writeFile(join(folder, 'lock'), JSON.stringify(owner), { mode: 0o600 });
    if (process.platform !== 'linux') return;
    await (await FileStorage.open(folder)).close();
  });

  it('waits for the owner as long as it is told to', async () => {
    const folder = await makeFolder();
    const first = await FileStorage.open(folder);
    const second = FileStorage.open(folder, { lockWaitMs: 20_000 });
    await first.commit(new Map([['a', '1']]));
    await first.close();
    expect(await (await second).get('a')).toBe('1');
    await (await second).close();
  });

  it('lets only one of many take a dead owner over', async () => {
    const folder = await makeFolder();
    const { pid, end } = await startIdleProcess();
    await end();
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid, startedAt: null, token: 'dead' }), { mode: 0o600 });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => FileStorage.open(folder)));
    const opened = tries.filter((attempt) => attempt.status === 'fulfilled');
    expect(opened).toHaveLength(1);
    await opened[0]?.value.close();
  });

  it('gives a torn first line no power over the rest', async () => {
    const folder = await makeFolder();
    await appendFile(join(folder, 'state.log'), 'abc', { mode: 0o600 });
    const storage = await FileStorage.open(folder);
    expect(await storage.keys('')).toEqual([]);
    await storage.close();
  });
});

async function startIdleProcess(): Promise<{ pid: number; end: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.once('spawn', resolve));
  return {
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
