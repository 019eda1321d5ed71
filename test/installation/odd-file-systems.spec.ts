import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const FAILING = join(ROOT, 'test/support/failing-files.mjs');

const SECRETS = `const { openSecrets, rotateSigningKeyInFile } = await import('${ROOT}/dist/core/secrets/index.js');`;
const SERVICE_KEY = `const { writeServiceKey } = await import('${ROOT}/packages/client/dist/node.js');
  const key = { service: { url: 'https://a.example' }, loginId: 'a', key: 'A'.repeat(43) };`;

/** Whatever writes a secret into a file that must not replace another. */
const WRITERS = {
  'the secrets of the server': `${SECRETS}
    write = async (path) => { if (!(await openSecrets(path)).created) throw new Error('exists already'); };`,
  'a key that the operator asks for': `const { writeNewFile } = await import('${ROOT}/dist/admin/new-file.js');
    write = (path) => writeNewFile(path, async () => 'content');`,
  'the key of a service account': `${SERVICE_KEY}
    write = (path) => writeServiceKey(path, key);`,
};
const CHANGES = [
  { first: WRITERS['the secrets of the server'], change: `${SECRETS} write = rotateSigningKeyInFile;` },
  {
    first: WRITERS['the key of a service account'],
    change: `${SERVICE_KEY} write = (path) => writeServiceKey(path, key, { replace: true });`,
  },
];

describe('A file system', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealpost-odd-files-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** What writing says under one fault after the other. */
  const write = async (code: string, faults: readonly string[]): Promise<string[]> => {
    const program = `let write; ${code}
      for (const fault of ${JSON.stringify(faults)}) {
        failFiles(fault);
        console.log(await write('${folder}/file').then(() => 'written', (error) => error.name + ': ' + error.message));
      }`;
    const args = ['--import', FAILING, '--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
    return stdout.trimEnd().split('\n');
  };

  it.each(Object.entries(WRITERS))('a file system without links keeps %s, once', async (_what, code) => {
    const said = await write(code, ['link:EPERM', 'link:EPERM']);
    expect(said).toEqual(['written', expect.stringMatching(/exists already/)]);
    expect(await readdir(folder)).toEqual(['file']);
    expect((await stat(join(folder, 'file'))).size).toBeGreaterThan(0);
  });

  it.each(Object.entries(WRITERS))(
    'a file system that fails says so of %s, and holds nothing of it',
    async (_what, code) => {
      const refused = expect.stringMatching(/^(StartError|UsageError|ClientError): .*(written|read): /) as unknown;
      expect(await write(code, ['writeFile:ENOSPC', 'sync:EIO', 'open:EROFS'])).toEqual(Array(3).fill(refused));
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.each(CHANGES)('a file system that fails leaves what was there before', async ({ first, change }) => {
    expect(await write(first, [''])).toEqual(['written']);
    const before = await readFile(join(folder, 'file'), 'utf8');
    const refused = expect.stringMatching(/^(StartError|ClientError): .*file cannot be written: /) as unknown;
    expect(await write(change, ['writeFile:ENOSPC', 'sync:EIO', 'rename:EROFS'])).toEqual(Array(3).fill(refused));
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['file']);
    expect(await write(change, [''])).toEqual(['written']);
  });
});
