import { open } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CommandLine, jsonLines, outcomeOf } from '../support/command-line.js';
import { sharedServer } from '../support/index.js';
import type { RunningServer } from '../support/index.js';

let server: RunningServer;
const program = await CommandLine.create();

beforeAll(async () => {
  server = await sharedServer();
});

/** @returns the recovery words */
async function register(name: string): Promise<string> {
  const args = ['register', name, '--url', server.url, '--service-id', server.serviceId, '--password-stdin', '--json'];
  const [shown] = jsonLines(await program.expectDone(name, args, `password of ${name}\n`));
  return String(shown?.['recoveryWords']);
}

const service = (): string[] => ['--url', server.url, '--service-id', server.serviceId, '--password-stdin'];

describe('The command line', () => {
  it('the command line changes the password, which ends the other sessions, and refuses with the wrong one', async () => {
    await register('alice');
    await program.expectDone('alice-2', ['login', 'alice', ...service()], 'password of alice\n');
    const wrong = await program.run(
      'alice',
      ['account', 'change-password', '--password-stdin', '--json'],
      'guess\nquite another passphrase\n',
    );
    expect(wrong.code).toBe(3);
    expect(jsonLines(wrong.stderr)).toMatchObject([{ error: { code: 'auth.proof-refused' } }]);
    await program.expectDone(
      'alice',
      ['account', 'change-password', '--password-stdin'],
      'password of alice\nquite another passphrase\n',
    );
    expect((await program.run('alice-2', ['sessions', '--json'])).stderr).toContain('auth.session-ended');
    expect(await program.expectDone('alice', ['sessions'])).toContain('(this one)');
    await program.expectDone('alice-2', ['login', 'alice', ...service()], 'quite another passphrase\n');
  });

  it('the command line changes the loginId, and another profile of the user logs in under the new one', async () => {
    await register('bob');
    await program.expectDone('bob-2', ['login', 'bob', ...service()], 'password of bob\n');
    const done = await program.expectDone(
      'bob',
      ['account', 'change-login-id', 'Robert@Example.org', '--password-stdin'],
      'password of bob\n',
    );
    expect(done).toContain('You are robert@example.org now');
    expect(await program.expectDone('bob', ['account'])).toMatch(/^robert@example\.org .* credentials 2$/m);
    await program.expectDone('bob-2', ['login', 'robert@example.org', ...service()], 'password of bob\n');
    const old = await program.run('bob-3', ['login', 'bob', ...service(), '--json'], 'password of bob\n');
    expect(old.stderr).toContain('auth.login-refused');
  });

  it('the command line recovers with the words, and makes new ones that end them', async () => {
    const words = await register('carol');
    const spoken = `  ${words.toUpperCase()} `;
    await program.expectDone('carol-2', ['recover', 'carol', ...service()], `${spoken}\nafterwards another one\n`);
    expect((await program.run('carol', ['sessions', '--json'])).stderr).toContain('auth.session-ended');
    const [shown, done] = jsonLines(
      await program.expectDone(
        'carol-2',
        ['account', 'replace-recovery-key', '--password-stdin', '--json'],
        'afterwards another one\n',
      ),
    );
    expect(String(shown?.['recoveryWords']).split(' ')).toHaveLength(24);
    expect(done).toEqual({ recoveryKeyReplaced: true });
    const old = await program.run(
      'carol-3',
      ['recover', 'carol', ...service(), '--json'],
      `${words}\nthe third passphrase\n`,
    );
    expect([old.code, jsonLines(old.stderr)]).toMatchObject([3, [{ error: { code: 'auth.recovery-refused' } }]]);
    const typo = await program.run(
      'carol-3',
      ['recover', 'carol', ...service(), '--json'],
      'zoo zoo\nthe third passphrase\n',
    );
    expect([typo.code, jsonLines(typo.stderr)]).toMatchObject([2, [{ error: { code: 'client.invalid-argument' } }]]);
    const moved = await program.expectDone(
      'carol-3',
      ['recover', 'carol', '--new-login-id', 'caroline', ...service()],
      `${String(shown?.['recoveryWords'])}\nthe third passphrase\n`,
    );
    expect(moved).toContain('you are signed in as caroline');
  });

  it('the command line makes no recovery words that it cannot show, and says it of an account that is there already', async () => {
    const words = await register('erin');
    const present = 'password of erin\n';
    for (const command of ['replace-recovery-key', 'rekey']) {
      const unread = await program.runUnread('erin', ['account', command, '--password-stdin'], present);
      expect(unread).toMatchObject({ code: 1, stderr: expect.stringContaining('words could not be written') });
    }
    const kinds = jsonLines(await program.expectDone('erin', ['history', '--json'])).map(({ kind }) => kind);
    expect(kinds).toEqual(['registered']);
    await program.expectDone('erin-2', ['recover', 'erin', ...service()], `${words}\nafterwards another one\n`);
    const frank = await program.runUnread('frank', ['register', 'frank', ...service()], 'password of frank\n');
    expect(frank).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"sealpost account replace-recovery-key" makes new words'),
    });
    await program.expectDone('frank', ['account', 'replace-recovery-key', '--password-stdin'], 'password of frank\n');
  });

  it('the command line says that its output cannot be written, and takes nothing then', async () => {
    await register('grace');
    await program.expectDone('grace', ['send', 'grace', '-m', 'a note to myself']);
    const full = await open('/dev/full', 'w');
    for (const args of [['inbox'], ['inbox', '--json'], ['history'], ['--help']]) {
      const child = program.start('grace', args, ['ignore', full.fd, 'pipe']);
      const said = await outcomeOf(child);
      expect([args, said]).toMatchObject([
        args,
        { code: 1, stderr: expect.stringMatching(/^sealpost: .*ENOSPC.*\n$/) },
      ]);
    }
    await full.close();
    expect(await program.expectDone('grace', ['inbox'])).toContain('a note to myself');
  });

  it('the command line tells the history', async () => {
    await register('dave');
    await program.expectDone('dave', ['rotate']);
    await program.expectDone(
      'dave',
      ['account', 'change-password', '--password-stdin'],
      'password of dave\nquite another passphrase\n',
    );
    const events = jsonLines(await program.expectDone('dave', ['history', '--json']));
    expect(events.map(({ kind }) => kind)).toEqual(['password-changed', 'keys-rotated', 'registered']);
    expect(events[0]).toMatchObject({ sessionName: 'command line', client: 'Node.js' });
    const text = await program.expectDone('dave', ['history', '--limit', '2']);
    expect(text.trim().split('\n')).toHaveLength(2);
    expect(text).toMatch(/keys-rotated {2}key version 2 {2}by command line {2}\(Node\.js\)/);
  });
});
