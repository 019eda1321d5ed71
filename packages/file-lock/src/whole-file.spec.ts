import * as nodeFiles from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf } from './errors.js';
import { makeFolder, placeNewFile } from './whole-file.js';

const failing = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error(code), { code });
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealpost-whole-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each<[string, typeof nodeFiles]>([
  ['with links', nodeFiles],
  ['without links, as FAT says it', { ...nodeFiles, link: failing('EPERM') }],
  ['without links, as a share says it', { ...nodeFiles, link: failing('EOPNOTSUPP') }],
])('A new file on a file system %s', (_what, files) => {
  it('a new file is the one of those that are made at once which came first, and whole', async () => {
    const path = join(folder, 'new');
    const made = Array.from({ length: 8 }, async (_, index) => {
      await writeFile(`${path}.${index}`, `content ${index}`);
      return placeNewFile(`${path}.${index}`, path, files).then(() => index, codeOf);
    });
    const outcomes = await Promise.all(made);
    const winners = outcomes.filter((outcome) => typeof outcome === 'number');
    expect(winners).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'EEXIST')).toHaveLength(7);
    expect(await readFile(path, 'utf8')).toBe(`content ${winners[0]}`);
  });

  it('a new file leaves nothing where it cannot be put there', async () => {
    const path = join(folder, 'new');
    await expect(placeNewFile(`${path}.missing`, path, files)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('A folder', () => {
  it('a folder is made with those above it, by several at once, and again', async () => {
    const path = join(folder, 'one', 'two', 'three');
    await Promise.all(Array.from({ length: 4 }, () => makeFolder(path, 0o700)));
    await makeFolder(path, 0o700);
    expect(await readdir(path)).toEqual([]);
  });

  it('a folder is refused below a file, in the place of one, and where the system has no room for it', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file', 'below'), 0o700)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(makeFolder(join(folder, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
    if (process.platform === 'linux') {
      await expect(makeFolder('/proc/no-such-folder/below', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});
