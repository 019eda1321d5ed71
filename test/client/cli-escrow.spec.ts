import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { admin } from '../support/admin.js';
import { CommandLine, jsonLines } from '../support/command-line.js';
import { startServer } from '../support/index.js';
import type { TestServer } from '../support/index.js';

const program = await CommandLine.create();
const file = (name: string): string => join(program.folder, name);
let server: TestServer;
let fingerprint: string;

beforeAll(async () => {
  const [made] = jsonLines(await program.expectDone('holder', ['escrow', 'keygen', '--key', file('key'), '--json']));
  fingerprint = String(made?.['fingerprint']);
  server = await startServer({ env: { SEALPOST_ESCROW_PUBLIC_KEY: String(made?.['publicKey']) } });
});

async function register(name: string): Promise<void> {
  const args = ['register', name, '--url', server.url, '--service-id', server.serviceId, '--password-stdin', '--json'];
  await program.expectDone(name, args, `password of ${name}\n`);
}

/** What an administrator exports. */
async function exported(loginId: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await admin(server, 'escrow-export', loginId, ...more);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

describe('The holder of an escrow', () => {
  it('the holder of an escrow has a key file that nobody else can read, and that is never replaced', async () => {
    expect((await stat(file('key'))).mode & 0o777).toBe(0o600);
    const again = await program.run('holder', ['escrow', 'keygen', '--key', file('key')]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists already')]);
  });

  it('the holder of an escrow opens an account that an administrator has exported, without a network, and its owner reads of it', async () => {
    await register('alice');
    const joined = await program.expectDone(
      'alice',
      ['escrow', 'add', fingerprint, '--password-stdin'],
      'password of alice\n',
    );
    expect(joined).toContain('can open your account from now on');
    expect(await program.expectDone('alice', ['escrow'])).toContain(fingerprint);
    await program.expectDone('alice', ['rotate']);
    expect(await exported('alice', '--output', file('alice.json'))).toContain('The export of alice is in');
    expect((await stat(file('alice.json'))).mode & 0o777).toBe(0o600);
    const again = exported('alice', '--output', file('alice.json'));
    await expect(again).rejects.toThrow('exists already');
    const open = ['escrow', 'open', '--export', file('alice.json'), '--key', file('key')];
    const shown = await program.expectDone('holder', open);
    expect(shown).toMatch(/The vault of alice .* opens, with 2 key version\(s\)\.\nNothing was written/);
    const [json] = jsonLines(await program.expectDone('holder', [...open, '--out', file('opened'), '--json']));
    expect(json).toMatchObject({ loginId: 'alice', versions: [1, 2] });
    expect((await stat(file('opened'))).mode & 0o777).toBe(0o600);
    const opened = JSON.parse(await readFile(file('opened'), 'utf8')) as { keys: object[]; vaultKey: string };
    expect([opened.keys.length, opened.vaultKey.length]).toEqual([2, 43]);
    const history = jsonLines(await program.expectDone('alice', ['history', '--json']));
    expect(history.map(({ kind }) => kind)).toEqual(['exported', 'keys-rotated', 'escrow-added', 'registered']);
    expect(history[0]).toMatchObject({ detail: 'escrow' });
  });

  it('the holder of an escrow gets no export of an account without an escrow, and opens nothing with another key', async () => {
    await register('bob');
    await expect(exported('bob')).rejects.toThrow('has no escrow');
    await expect(exported('nobody')).rejects.toThrow('no account');
    await program.expectDone('holder', ['escrow', 'keygen', '--key', file('other-key')]);
    await program.expectDone('bob', ['escrow', 'add', fingerprint, '--password-stdin'], 'password of bob\n');
    await writeFile(file('bob.json'), await exported('bob'));
    const wrong = ['escrow', 'open', '--export', file('bob.json'), '--key', file('other-key')];
    expect((await program.run('holder', wrong)).stderr).toContain('for another escrow key');
  });

  it('the holder of an escrow is told what is wrong with a file', async () => {
    await writeFile(file('loose'), await readFile(file('key')));
    await chmod(file('loose'), 0o644);
    await writeFile(file('text'), 'no JSON', { mode: 0o600 });
    const open = (exportFile: string, key: string) =>
      program.run('holder', ['escrow', 'open', '--export', file(exportFile), '--key', file(key)]);
    expect((await open('text', 'loose')).stderr).toContain('its mode must be 0600');
    expect((await open('text', 'text')).stderr).toContain('is not a key file');
    expect((await open('text', 'nowhere')).stderr).toContain('There is no');
    expect((await open('text', 'key')).stderr).toContain('is not JSON');
    expect((await open('key', 'key')).stderr).toContain('escrow.export-refused');
    expect((await program.run('holder', ['escrow', 'open', '--key', file('key')])).stderr).toContain(
      '--export is missing',
    );
    expect((await program.run('holder', ['escrow', 'steal'])).stderr).toContain('is followed by');
  });
});

describe('The owner of an account', () => {
  it('the owner of an account makes a new vault key, keeps the escrow by its fingerprint, and leaves it deliberately', async () => {
    await register('carol');
    const password = 'password of carol\n';
    await program.expectDone('carol', ['escrow', 'add', fingerprint, '--password-stdin'], password);
    const vague = await program.run('carol', ['account', 'rekey', '--password-stdin', '--json'], password);
    expect(jsonLines(vague.stderr)).toMatchObject([{ error: { code: 'escrow.fingerprint-missing' } }]);
    const args = ['account', 'rekey', '--compromised', '--escrow', fingerprint, '--password-stdin', '--json'];
    const [words, done] = jsonLines(await program.expectDone('carol', args, password));
    expect([String(words?.['recoveryWords']).split(' ').length, done]).toEqual([24, { rekeyed: true, signedIn: true }]);
    expect(jsonLines(await program.expectDone('carol', ['escrow', '--json']))).toMatchObject([
      { escrow: { fingerprint } },
    ]);
    const left = await program.expectDone('carol', ['escrow', 'remove', '--password-stdin'], password);
    expect(left).toContain('Only the new vault key and the new words count, and you are signed in anew.');
    expect(await program.expectDone('carol', ['escrow'])).toBe('Nobody else can open your account.\n');
    expect(await program.expectDone('carol', ['keys'])).toMatch(/version 3 /);
  });
});
