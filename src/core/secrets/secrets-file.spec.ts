import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { sign, verify } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../start-error.js';
import { rotateSigningKey } from './secrets-document.js';
import type { SecretsDocument } from './secrets-document.js';
import { openSecrets, rotateSigningKeyInFile } from './secrets-file.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealpost-secrets-'));
  file = join(folder, 'data', 'secrets.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the first start', () => {
  it('the first start makes the secrets, for the owner only', async () => {
    const { secrets, created } = await openSecrets(file);
    expect(created).toBe(true);
    expect([secrets.challengeKey.length, secrets.decoyKey.length, secrets.refreshKey.length]).toEqual([32, 32, 32]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'data'))).toEqual(['secrets.json']);
  });

  it('the first start makes other secrets for another server', async () => {
    const first = await openSecrets(file);
    const second = await openSecrets(join(folder, 'other.json'));
    expect(second.secrets.challengeKey).not.toEqual(first.secrets.challengeKey);
    expect(second.secrets.signingKeys[0].kid).not.toBe(first.secrets.signingKeys[0].kid);
  });

  it('the first start leaves one set of secrets when many processes make it at once', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => openSecrets(file)));
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(opened.map(({ secrets }) => secrets.signingKeys[0].kid)).size).toBe(1);
  });
});

describe('a later start', () => {
  it('a later start finds the same secrets', async () => {
    const first = await openSecrets(file);
    const second = await openSecrets(file);
    expect(second.created).toBe(false);
    expect(second.secrets.challengeKey).toEqual(first.secrets.challengeKey);
    expect(second.secrets.decoyKey).toEqual(first.secrets.decoyKey);
    expect(second.secrets.refreshKey).toEqual(first.secrets.refreshKey);
    expect(second.secrets.signingKeys[0].publicJwk).toEqual(first.secrets.signingKeys[0].publicJwk);
  });

  it.each([0o640, 0o604, 0o620, 0o666])('a later start refuses a file with mode %o', async (mode) => {
    await openSecrets(file);
    await chmod(file, mode);
    await expect(openSecrets(file)).rejects.toThrow(/open to other users\. Close it with: chmod 600/);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('a later start refuses a file of another user', async () => {
    await openSecrets(file);
    await promisify(execFile)('chown', ['12345', file]);
    await expect(openSecrets(file)).rejects.toThrow(/belongs to the user with id 12345/);
  });

  it('a later start refuses a folder in place of the file', async () => {
    await mkdir(file, { recursive: true, mode: 0o700 });
    await expect(openSecrets(file)).rejects.toThrow(StartError);
  });
});

describe('a damaged file', () => {
  const damages: [string, (document: Record<string, unknown>) => unknown][] = [
    ['a missing key', (document) => ({ ...document, refreshKey: undefined })],
    ['a short key', (document) => ({ ...document, decoyKey: 'AAAA' })],
    ['padding', (document) => ({ ...document, decoyKey: `${String(document['decoyKey'])}=` })],
    ['equal keys', (document) => ({ ...document, decoyKey: document['challengeKey'] })],
    ['another version', (document) => ({ ...document, version: 2 })],
    ['no signing key', (document) => ({ ...document, signingKeys: [] })],
    ['a signing key without its private half', (document) => ({ ...document, signingKeys: publicKeysOf(document) })],
    ['a list', () => []],
  ];

  it.each(damages)('a damaged file with %s is refused and left as it is', async (_name, damage) => {
    await openSecrets(file);
    const damaged = JSON.stringify(damage(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>));
    await writeFile(file, damaged);
    await expect(openSecrets(file)).rejects.toThrow(/cannot be used: /);
    expect(await readFile(file, 'utf8')).toBe(damaged);
  });

  it('a damaged file that was cut off is refused without a word of its content', async () => {
    await openSecrets(file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, 100));
    const message = await openSecrets(file).then(String, String);
    expect(message).toContain('it is not JSON');
    expect(message).not.toContain(text.slice(30, 50));
  });
});

describe('rotating the signing key', () => {
  it('rotating the signing key puts a new key in front and keeps the old one for verifying, without its private half', async () => {
    const before = (await openSecrets(file)).secrets;
    const kid = await rotateSigningKeyInFile(file);
    const after = (await openSecrets(file)).secrets;
    expect(after.signingKeys.map((key) => key.kid)).toEqual([kid, before.signingKeys[0].kid]);
    expect(after.challengeKey).toEqual(before.challengeKey);
    expect(after.signingKeys[1]).not.toHaveProperty('privateKey');
    const data = Buffer.from('token');
    const signature = sign('sha256', data, before.signingKeys[0].privateKey);
    expect(verify('sha256', data, after.signingKeys[1]?.publicPem ?? '', signature)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const stored = JSON.parse(await readFile(file, 'utf8')) as SecretsDocument;
    expect(stored.signingKeys.map(({ jwk }) => 'd' in jwk)).toEqual([true, false]);
  });

  it('rotating the signing key drops a retired key a month later', async () => {
    await openSecrets(file);
    const document = JSON.parse(await readFile(file, 'utf8')) as SecretsDocument;
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    const once = rotateSigningKey(document, inDays(0));
    expect(rotateSigningKey(once, inDays(29)).signingKeys).toHaveLength(3);
    expect(rotateSigningKey(once, inDays(31)).signingKeys).toHaveLength(2);
  });

  it('rotating the signing key needs a file', async () => {
    await expect(rotateSigningKeyInFile(file)).rejects.toThrow(/There is no secrets file/);
  });
});

function publicKeysOf(document: Record<string, unknown>): unknown[] {
  return (document as unknown as SecretsDocument).signingKeys.map((key) => {
    const { kty, crv, x, y } = key.jwk;
    return { ...key, jwk: { kty, crv, x, y } };
  });
}
