import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from '@sealpost/client/node';
import { FileLock } from '@sealpost/file-lock';
import { launchProcess, startProcess } from '../support/index.js';
import { newPerson, readTexts, restarted } from '../support/sdk.js';
import { CONTAINER } from '../support/server-process.js';

const HOLDER = resolve(import.meta.dirname, '../support/lock-holder.mjs');

function can(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

const withFlock = can('flock', ['--version']) ? it : it.skip;
/** Process numbers of their own take root, or a kernel that lets users have them; elsewhere there are no two containers. */
const withContainers = can('unshare', [...CONTAINER.slice(1), 'true']) ? it : it.skip;

/** A process of its own that asks for a lock. */
interface Holder {
  readonly process: ChildProcess;
  /** `held`, or why not. */
  readonly says: string;
  kill(): Promise<void>;
}

describe('The lock of a folder', () => {
  let folder: string;
  let lock: string;
  const ends: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealpost-lock-'));
    lock = join(folder, 'lock');
  });

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await rm(folder, { recursive: true, force: true });
  });

  const startHolder = async ({ container = false, flock = true } = {}): Promise<Holder> => {
    const command = [process.execPath, HOLDER, lock];
    const [program = '', ...args] = container ? [...CONTAINER, ...command] : command;
    const env = flock ? process.env : { ...process.env, PATH: join(folder, 'nothing') };
    const child = spawn(container && !flock ? '/usr/bin/unshare' : program, args, {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const kill = async (): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    ends.push(kill);
    const [says] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { process: child, says, kill };
  };
  const open = async (): Promise<FileStorage> => {
    const storage = await FileStorage.open(folder, { lockWaitMs: 10_000 });
    ends.push(() => storage.close());
    return storage;
  };
  const refused = {
    code: 'storage.locked',
    message: expect.stringMatching(/in use: .* is held by process \d+ on /) as unknown,
  };

  it('a folder has one owner while its process runs, and another one as soon as it was killed', async () => {
    const holder = await startHolder();
    expect(holder.says).toBe('held');
    await expect(FileStorage.open(folder)).rejects.toMatchObject(refused);
    await holder.kill();
    await open();
  });

  it('a folder has one owner who may be paused for as long as it likes', async () => {
    const holder = await startHolder();
    holder.process.kill('SIGSTOP');
    await expect(FileStorage.open(folder)).rejects.toMatchObject(refused);
    expect((await startHolder({ flock: false })).says).toMatch(/^held: /);
    holder.process.kill('SIGCONT');
  });

  withContainers(
    'a folder has one owner who may be in another container, and gives way when that is killed',
    async () => {
      const holder = await startHolder({ container: true });
      expect(holder.says).toBe('held');
      await expect(FileStorage.open(folder)).rejects.toMatchObject(refused);
      expect((await startHolder({ container: true })).says).toMatch(/^held: /);
      await holder.kill();
      await open();
    },
  );

  withContainers('a folder has one owner where one of two containers has no lock of the kernel', async () => {
    const holder = await startHolder({ container: true, flock: false });
    expect(holder.says).toBe('held');
    await expect(FileStorage.open(folder)).rejects.toMatchObject({ code: 'storage.locked' });
    await holder.kill();
    // Nothing proves from here that it has ended, however long it is silent: whoever knows removes what is named.
    await utimes(join(folder, 'lock.1'), 0, 0);
    const failure = await FileStorage.open(folder).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'storage.locked' });
    await rm(/then remove (\S+)\.$/.exec((failure as Error).message)?.[1] ?? '');
    await open();
  });

  withFlock(
    'a folder has one owner and no more than one of many takes a dead one’s place, with the kernel’s lock or without',
    async () => {
      for (const flock of [true, false]) {
        await (await startHolder({ flock })).kill();
        const holders = await Promise.all(Array.from({ length: 4 }, () => startHolder({ flock })));
        expect(holders.filter(({ says }) => says === 'held')).toHaveLength(1);
        for (const holder of holders) await holder.kill();
      }
    },
  );

  it('a folder has one owner who notices before it writes that the lock was taken away', async () => {
    const storage = await open();
    await storage.commit(new Map([['a', '1']]));
    for (const name of await readdir(folder)) if (name.startsWith('lock')) await rm(join(folder, name));
    const second = await open();
    await expect(storage.commit(new Map([['a', '2']]))).rejects.toMatchObject({ code: 'storage.locked' });
    expect(await second.get('a')).toBe('1');
  });

  it('a folder has one owner and says what to do where the record of the owner cannot be read', async () => {
    await writeFile(`${lock}.7`, 'torn');
    const holder = await startHolder({ flock: false });
    expect(holder.says).toMatch(/nothing proves that it has ended\. .*then remove .*lock\.7\.$/);
    const own = await FileLock.acquire(lock, { waitMs: 0 });
    await own.release();
    expect((await readdir(folder)).sort()).toEqual(['lock', 'lock.8']);
  });
});

const PATIENCE = 300_000;

describe('The lock of a data folder', () => {
  withContainers(
    'a data folder has one server which may be in another container or paused: the second refuses, and nothing is lost',
    async () => {
      const first = await startProcess({ database: 'embedded' });
      const alice = await newPerson(first, 'alice');
      const bob = await newPerson(first, 'bob');
      await alice.client.send(bob.loginId, 'before');
      const refuses = async (): Promise<void> => {
        const second = await launchProcess({ sharing: first, container: true, env: { SEALPOST_PORT: '0' } });
        expect(await second.exited()).toMatchObject({ code: 1 });
        expect(second.logs()).toMatch(/Another server .* is running on the data folder .*SEALPOST_DATA_DIR/);
      };
      await refuses();
      await alice.client.send(bob.loginId, 'between');
      process.kill(first.pid, 'SIGSTOP');
      try {
        // As if its heart had not beaten for long.
        const records = (await readdir(first.dataDir)).filter((name) => /^server\.lock\.\d+$/.test(name));
        for (const name of records) await utimes(join(first.dataDir, name), 0, 0);
        await refuses();
      } finally {
        process.kill(first.pid, 'SIGCONT');
      }
      await alice.client.send(bob.loginId, 'after');
      await first.kill();
      await first.restart();
      expect(await readTexts(await restarted(first, bob))).toEqual(['before', 'between', 'after']);
    },
    PATIENCE,
  );
});
