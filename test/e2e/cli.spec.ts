import { beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboxJson } from '@sealpost/protocol';
import { CommandLine, jsonLines, PROGRAM } from '../support/command-line.js';
import { call, startServer, type TestServer } from '../support/index.js';

let server: TestServer;
const program = await CommandLine.create();
const sealpost = program.run.bind(program);
const expectDone = program.expectDone.bind(program);
const start = program.start.bind(program);
const { folder } = program;

beforeAll(async () => {
  server = await startServer();
});

const register = (name: string): Promise<string> =>
  expectDone(
    name,
    ['register', name, '--url', server.url, '--service-id', server.serviceId, '--password-stdin'],
    `password of ${name}\n`,
  );

describe('The command line', () => {
  it('registers two people, who write to each other in every suite', async () => {
    const shown = await register('alice');
    expect(shown.match(/\b\d+ [a-z]+/g)).toHaveLength(24);
    await register('bob');
    await expectDone('alice', ['send', 'bob', '-m', 'Hello Bob']);
    await expectDone('alice', ['send', 'bob', '--suite', 'box'], 'From standard input\n');
    await expectDone('alice', ['send', 'bob', '--suite', 'sealed-box', '--file', PROGRAM]);
    const program = await readFile(PROGRAM);
    const messages = jsonLines(await expectDone('bob', ['inbox', '--json']));
    expect(messages.map(({ kind, suite, text }) => [kind, suite, text])).toEqual([
      ['message', 'sealpost-v1', 'Hello Bob'],
      ['message', 'box', 'From standard input'],
      ['message', 'sealed-box', undefined],
    ]);
    expect(messages[2]).toMatchObject({ content: program.toString('base64url') });
    expect(await expectDone('bob', ['inbox'])).toBe('');
    expect(await expectDone('bob', ['inbox', '--after', '0'])).toContain('Hello Bob');
  });

  it('rotates, compares safety numbers, and lists keys and sessions', async () => {
    expect(await expectDone('bob', ['rotate'])).toContain('version 2');
    expect(jsonLines(await expectDone('bob', ['keys', '--json'])).map(({ version }) => version)).toEqual([1, 2]);
    const number = (await expectDone('bob', ['safety-number', 'alice'])).trim();
    expect((await expectDone('alice', ['safety-number', 'bob'])).trim()).toBe(number);
    expect(await expectDone('alice', ['safety-number', 'bob', '--verify', number])).toContain('verified');
    expect(await expectDone('alice', ['keys', 'bob'])).toMatch(/key version 2 {2}verified/);
    expect(await expectDone('alice', ['accept', 'bob'])).toContain('nothing to accept');
    expect(jsonLines(await expectDone('alice', ['sessions', '--json']))).toMatchObject([{ current: true }]);
    expect(await expectDone('alice', ['outbox'])).toBe('');
  });

  it('prints a token with which curl sees what the server has for the user', async () => {
    const token = (await expectDone('bob', ['token'])).trim();
    const mailbox = await call<InboxJson>(server, 'GET', '/v1/messages', { token });
    expect(mailbox.status).toBe(200);
    expect(mailbox.body.entries).toHaveLength(3);
  });

  it('follows the inbox until it is told to stop', async () => {
    const child = start('bob', ['inbox', '--follow', '--json']);
    const exited = once(child, 'close');
    const lines = (async () => {
      for await (const chunk of child.stdout ?? []) return String(chunk);
      throw new Error('the inbox ended');
    })();
    await expectDone('alice', ['send', 'bob', '-m', 'Are you there?']);
    expect(jsonLines(await lines)).toMatchObject([{ text: 'Are you there?' }]);
    // Other commands can use the profile meanwhile.
    await expectDone('bob', ['send', 'alice', '-m', 'Yes', '--suite', 'box']);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('lets several programs use one profile at once, one after the other, so that no place in a stream is taken twice', async () => {
    const texts = ['one', 'two', 'three', 'four'];
    await Promise.all(texts.map((text) => expectDone('alice', ['send', 'bob', '-m', text])));
    const messages = jsonLines(await expectDone('bob', ['inbox', '--json']));
    expect(messages.map(({ text }) => text).sort()).toEqual([...texts].sort());
    expect(messages.map(({ events }) => events)).toEqual([[], [], [], []]);
  });

  it('signs in on a second profile, which reads everything with the password alone', async () => {
    const args = ['login', 'bob', '--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await expectDone('bob-2', args, 'password of bob\n');
    const texts = jsonLines(await expectDone('bob-2', ['inbox', '--json'])).map(({ text }) => text);
    expect(texts.slice(0, 4)).toEqual(['Hello Bob', 'From standard input', undefined, 'Are you there?']);
    expect(texts).toHaveLength(8);
    await expectDone('bob-2', ['logout', '--forget']);
    expect(await sealpost('bob-2', ['inbox'])).toMatchObject({ code: 1, stderr: expect.stringContaining('log in') });
    expect(await readFile(join(folder, 'bob-2', 'state', 'state.log'), 'utf8')).not.toContain('vaultKey');
  });

  it('makes escape sequences in other people’s texts visible', async () => {
    await expectDone('alice', ['send', 'bob', '--suite', 'box'], 'before\u001b[2Jafter\u202e');
    const shown = await expectDone('bob', ['inbox']);
    expect(shown).toContain('before\\u{1b}[2Jafter\\u{202e}');
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
  });

  it('says with its exit code what went wrong', async () => {
    expect(await sealpost('alice', ['send', 'nobody-at-all', '-m', 'x'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[keys.user-not-found]'),
    });
    expect(await sealpost('alice', ['no-such-command'])).toMatchObject({ code: 2 });
    expect(await sealpost('alice', ['send', 'bob', '--no-such-option'])).toMatchObject({ code: 2 });
    expect(await sealpost('alice', ['send', 'bob', '-m', 'x', '--suite', 'rot13'])).toMatchObject({ code: 2 });
    const offline = ['send', 'bob', '-m', 'Wait', '--url', 'http://127.0.0.1:9', '--json'];
    const failed = await sealpost('alice', offline);
    expect(failed.code).toBe(4);
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'send.unconfirmed' } });
    expect(await expectDone('alice', ['outbox'])).toContain('not confirmed');
    expect(await expectDone('alice', ['outbox', '--flush'])).toBe('');
    const wrong = ['login', 'alice', '--password-stdin', '--json'];
    expect(await sealpost('alice', wrong, 'wrong\n')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('auth.login-refused'),
    });
    expect(await sealpost('carl', ['inbox'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--url') });
    expect(await sealpost('alice', ['login', 'alice'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--password-stdin'),
    });
  });

  it('explains itself', async () => {
    const help = await expectDone('alice', ['--help']);
    for (const command of ['register', 'login', 'send', 'inbox', 'keys', 'rotate']) expect(help).toContain(command);
    expect(await expectDone('alice', ['send', '--help'])).toContain('--suite');
  });
});
