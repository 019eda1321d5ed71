import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { InboxJson } from '@sealpost/protocol';
import { run } from '@sealpost/command-line';
import { program as table } from '../../packages/client/src/cli/program.js';
import { CommandLine, jsonLines, outcomeOf, PROGRAM } from '../support/command-line.js';
import { call, startServer, type TestServer } from '../support/index.js';
import { deriveAsOthersDo } from '../support/quick-passwords.js';

let server: TestServer;
const program = await CommandLine.create();
deriveAsOthersDo();
const sealpost = program.run.bind(program);
const expectDone = program.expectDone.bind(program);
const expectProcessDone = program.expectProcessDone.bind(program);
const start = program.start.bind(program);
const { folder } = program;

beforeAll(async () => {
  server = await startServer();
});

const register = (name: string, by = expectDone): Promise<string> =>
  by(
    name,
    ['register', name, '--url', server.url, '--service-id', server.serviceId, '--password-stdin'],
    `password of ${name}\n`,
  );

/** What a reader opens who wants more than what is signed. */
const ANY_SUITE = ['sealpost-v1', 'box', 'sealed-box'].flatMap((suite) => ['--accept-suite', suite]);

describe('The command line', () => {
  it('the command line registers two people, who write to each other in every suite', async () => {
    const shown = await register('alice', expectProcessDone);
    expect(shown.match(/\b\d+ [a-z]+/g)).toHaveLength(24);
    await register('bob');
    await expectDone('alice', ['send', 'bob', '-m', 'Hello Bob']);
    await expectProcessDone('alice', ['send', 'bob', '--suite', 'box'], 'From standard input\n');
    await expectDone('alice', ['send', 'bob', '--suite', 'sealed-box', '--file', PROGRAM]);
    const program = await readFile(PROGRAM);
    const messages = jsonLines(await expectProcessDone('bob', ['inbox', '--json', ...ANY_SUITE]));
    expect(messages.map(({ kind, suite, text }) => [kind, suite, text])).toEqual([
      ['message', 'sealpost-v1', 'Hello Bob'],
      ['message', 'box', 'From standard input'],
      ['message', 'sealed-box', undefined],
    ]);
    expect(messages[2]).toMatchObject({ content: program.toString('base64url') });
    expect(await expectDone('bob', ['inbox', ...ANY_SUITE])).toBe('');
    expect(await expectDone('bob', ['inbox', '--after', '0', ...ANY_SUITE])).toContain('Hello Bob');
  });

  it('the command line rotates, compares safety numbers, and lists keys and sessions', async () => {
    expect(await expectDone('bob', ['keys', 'rotate'])).toContain('version 2');
    expect(jsonLines(await expectDone('bob', ['keys', '--json'])).map(({ version }) => version)).toEqual([1, 2]);
    const numberOf = (name: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
      sealpost(name, ['contacts', 'safety-number', ...args]);
    const shown = await numberOf('bob', ['alice']);
    const number = shown.stdout.trim();
    expect(number).toMatch(/^(\d{5} ?){12}$/);
    expect(shown.stderr).toMatch(/^not compared yet; keys at version 1, /);
    expect((await numberOf('alice', ['bob'])).stdout.trim()).toBe(number);
    expect(await expectDone('alice', ['contacts', 'verify', 'bob', number])).toContain('verified');
    const verified = await numberOf('alice', ['bob']);
    expect(verified.stderr).toMatch(/^compared when the keys were at version 2; keys at version 2, /);
    expect(await expectDone('alice', ['contacts', 'show', 'bob'])).toMatch(/key version 2 {2}verified/);
    expect(await expectDone('alice', ['accept', 'bob'])).toContain('nothing to accept');
    expect(jsonLines(await expectDone('alice', ['sessions', '--json']))).toMatchObject([{ current: true }]);
    expect(await expectDone('alice', ['outbox'])).toBe('');
  });

  it('the command line prints a token with which curl sees what the server has for the user', async () => {
    const token = (await expectDone('bob', ['token'])).trim();
    const mailbox = await call<InboxJson>(server, 'GET', '/v1/messages', { token });
    expect(mailbox.status).toBe(200);
    expect(mailbox.body.items).toHaveLength(3);
  });

  it('the command line follows the inbox until it is told to stop', async () => {
    const child = start('bob', ['inbox', '--follow', '--json', ...ANY_SUITE]);
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

  it('the command line lets several programs use one profile at once, one after the other, so that no place in a stream is taken twice', async () => {
    const texts = ['one', 'two', 'three', 'four'];
    await Promise.all(texts.map((text) => expectProcessDone('alice', ['send', 'bob', '-m', text])));
    const messages = jsonLines(await expectDone('bob', ['inbox', '--json', ...ANY_SUITE]));
    expect(messages.map(({ text }) => text).sort()).toEqual([...texts].sort());
    expect(messages.map(({ events }) => events)).toEqual([[], [], [], []]);
  });

  it('the command line signs in on a second profile, which reads everything with the password alone', async () => {
    const args = ['login', 'bob', '--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await expectDone('bob-2', args, 'password of bob\n');
    const texts = jsonLines(await expectDone('bob-2', ['inbox', '--json', ...ANY_SUITE])).map(({ text }) => text);
    expect(texts.slice(0, 4)).toEqual(['Hello Bob', 'From standard input', undefined, 'Are you there?']);
    expect(texts).toHaveLength(8);
    await expectDone('bob-2', ['logout', '--forget']);
    expect(await sealpost('bob-2', ['inbox', ...ANY_SUITE])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('log in'),
    });
    expect(await readFile(join(folder, 'bob-2', 'state', 'state.log'), 'utf8')).not.toContain('vaultKey');
  });

  it('the command line takes no more messages than it was asked for, and none that it could not write', async () => {
    const texts = ['first', 'second', 'third', 'fourth'];
    for (const text of texts) await expectDone('alice', ['send', 'bob', '-m', text, '--suite', 'box']);
    const closed = start('bob', ['inbox', ...ANY_SUITE]);
    closed.stdout?.destroy();
    expect(await once(closed, 'close')).toEqual([0, null]);
    let written = '';
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // Like `inbox | head`: somebody reads the first one, and goes.
        const closed = written === '' ? null : Object.assign(new Error('EPIPE'), { code: 'EPIPE' });
        written ||= chunk.toString();
        done(closed);
      },
    }).on('error', () => undefined);
    const streams = { stdin: Readable.from([]), stdout, stderr: new PassThrough() };
    expect(await run(table, ['inbox', '--json', ...ANY_SUITE, '--profile', join(folder, 'bob')], streams)).toBe(0);
    expect(jsonLines(written)).toMatchObject([{ text: 'first' }]);
    expect(jsonLines(await expectDone('bob', ['inbox', '--json', '--limit', '1', ...ANY_SUITE]))).toMatchObject([
      { text: 'second' },
    ]);
    expect(await expectDone('bob', ['inbox', '--limit', '0'])).toBe('');
    const rest = jsonLines(await expectDone('bob', ['inbox', '--json', ...ANY_SUITE]));
    expect(rest.map(({ text }) => text)).toEqual(['third', 'fourth']);
  });

  it('the command line makes escape sequences in other people’s texts visible', async () => {
    await expectDone('alice', ['send', 'bob', '--suite', 'box'], 'before\u001b[2Jafter\u202e');
    const shown = await expectDone('bob', ['inbox', ...ANY_SUITE]);
    expect(shown).toContain('before\\u{1b}[2Jafter\\u{202e}');
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
  });

  it('the command line says with its exit code what went wrong', async () => {
    expect(await program.runProcess('alice', ['send', 'nobody-at-all', '-m', 'x'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[keys.user-not-found]'),
    });
    expect(await program.runProcess('alice', ['no-such-command'])).toMatchObject({ code: 2 });
    expect(await sealpost('alice', ['send', 'bob', '--no-such-option'])).toMatchObject({ code: 2 });
    expect(await sealpost('alice', ['send', 'bob', '-m', 'x', '--suite', 'rot13'])).toMatchObject({ code: 2 });
    const offline = ['send', 'bob', '-m', 'Wait', '--url', 'http://127.0.0.1:9', '--json'];
    const failed = await sealpost('alice', offline);
    expect(failed.code).toBe(4);
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'send.unconfirmed' } });
    expect(await expectDone('alice', ['outbox'])).toContain('not confirmed');
    expect(await expectDone('alice', ['outbox', 'flush'])).toBe('');
    const wrong = ['login', 'alice', '--password-stdin', '--json'];
    expect(await sealpost('alice', wrong, 'wrong\n')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('auth.login-refused'),
    });
    expect(await sealpost('carl', ['inbox', ...ANY_SUITE])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--url'),
    });
    expect(await sealpost('alice', ['login', 'alice'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--password-stdin'),
    });
  });

  it('the command line takes profile and service from the environment as well', async () => {
    program.env = { SEALPOST_CLIENT_URL: 'http://127.0.0.1:9' };
    expect(await sealpost('alice', ['account'])).toMatchObject({ code: 4 });
    program.env = { SEALPOST_CLIENT_PROFILE: join(folder, 'bob') };
    const child = spawn(process.execPath, [PROGRAM, 'account', '--json'], { env: { ...process.env, ...program.env } });
    program.env = {};
    expect(jsonLines((await outcomeOf(child)).stdout)).toMatchObject([{ loginId: 'bob' }]);
  });

  it('the command line ends another log-in of the user', async () => {
    const args = ['login', 'bob', '--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await expectDone('bob-3', args, 'password of bob\n');
    const listed = jsonLines(await expectDone('bob-3', ['sessions', '--json']));
    const other = listed.find(({ current }) => current === false);
    expect(await expectDone('bob-3', ['sessions', 'revoke', String(other?.['id'])])).toContain('Ended session');
    expect(await expectDone('bob-3', ['sessions', 'list'])).not.toContain(String(other?.['id']));
  });

  it('the command line explains itself', async () => {
    const help = await expectProcessDone('alice', ['--help']);
    for (const command of ['register', 'login', 'messages send', 'inbox', 'keys list', 'keys rotate'])
      expect(help).toContain(command);
    expect(await expectDone('alice', ['send', '--help'])).toContain('--suite');
  });
});
