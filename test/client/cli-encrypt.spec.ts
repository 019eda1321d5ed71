import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CommandLine } from '../support/command-line.js';
import { sharedServer } from '../support/index.js';

const program = await CommandLine.create();

/** What somebody reads who has got hold of the profile. */
async function filesOfProfile(): Promise<string> {
  const folder = join(program.folder, 'alice', 'state');
  const texts = (await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

describe('The command line', () => {
  it('the command line encrypts a profile, whose passphrase a file or a command has from then on', async () => {
    const server = await sharedServer();
    const loginId = `encrypts-${Date.now()}`;
    const [first, second] = ['first', 'second'].map((name) => join(program.folder, name)) as [string, string];
    await writeFile(first, 'a first passphrase\n');
    await writeFile(second, 'a second passphrase\n');
    const register = ['register', loginId, '--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await program.expectDone('alice', register, 'a password of quite nobody\n');
    expect(await filesOfProfile()).toContain(loginId);

    program.env = { SEALPOST_CLIENT_PASSPHRASE_FILE: first };
    expect(await program.expectProcessDone('alice', ['profile', 'encrypt'])).toContain('is encrypted');
    const files = await filesOfProfile();
    for (const readable of [loginId, 'session', 'pins', 'a first passphrase']) expect(files).not.toContain(readable);
    expect(await program.expectProcessDone('alice', ['outbox'])).toBe('');

    program.env = { SEALPOST_CLIENT_PASSPHRASE_COMMAND: `cat '${second}'` };
    const wrong = await program.runProcess('alice', ['outbox', '--json']);
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'storage.key-refused' } });
    program.env = {};
    expect(await program.runProcess('alice', ['outbox'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SEALPOST_CLIENT_PASSPHRASE_FILE') as unknown,
    });
    for (const env of [
      { SEALPOST_CLIENT_PASSPHRASE_FILE: `${first}-missing` },
      { SEALPOST_CLIENT_PASSPHRASE_COMMAND: 'echo secret; exit 3' },
    ]) {
      program.env = env;
      const failed = await program.runProcess('alice', ['outbox']);
      expect(failed).toMatchObject({ code: 2, stdout: '' });
      expect(failed.stderr).toContain(Object.keys(env)[0]);
      expect(failed.stderr).not.toContain('secret;');
    }
    program.env = { SEALPOST_CLIENT_PASSPHRASE_COMMAND: `cat '${first}'` };
    expect(await program.expectProcessDone('alice', ['outbox'])).toBe('');
  }, 180_000);
});
