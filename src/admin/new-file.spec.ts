import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageError } from '@sealpost/command-line';
import { writeNewFile } from './new-file.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealpost-new-file-'));
});

afterAll(() => rm(folder, { recursive: true }));

const never = (): Promise<string> => Promise.reject(new Error('It was made'));

describe('a new file', () => {
  it('a new file is for its owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await writeNewFile(join(folder, 'made'), async () => 'content');
    } finally {
      process.umask(before);
    }
    const { mode } = await stat(join(folder, 'made'));
    expect([mode & 0o777, await readFile(join(folder, 'made'), 'utf8')]).toEqual([0o600, 'content']);
  });

  it('a new file replaces none, and nothing is made for it then', async () => {
    await writeFile(join(folder, 'there'), 'before');
    await expect(writeNewFile(join(folder, 'there'), never)).rejects.toThrow(UsageError);
    const meanwhile = writeNewFile(join(folder, 'late'), async () => {
      await writeFile(join(folder, 'late'), 'first');
      return 'second';
    });
    await expect(meanwhile).rejects.toThrow('exists already');
    expect(await readFile(join(folder, 'late'), 'utf8')).toBe('first');
    await expect(writeNewFile(join(folder, 'no', 'such'), never)).rejects.toThrow('cannot be written');
  });

  it('a new file is there as a whole or not at all', async () => {
    await expect(writeNewFile(join(folder, 'failed'), never)).rejects.toThrow('It was made');
    expect((await readdir(folder)).sort()).toEqual(['late', 'made', 'there']);
  });
});
