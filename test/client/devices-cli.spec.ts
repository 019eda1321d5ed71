import { once } from 'node:events';
import { beforeAll, expect, it } from '@jest/globals';
import { CommandLine, jsonLines } from '../support/command-line.js';
import { startServer, type TestServer, waitFor } from '../support/index.js';

let server: TestServer;
const program = await CommandLine.create();

beforeAll(async () => {
  server = await startServer();
});

interface Conversation {
  /** Everything that it has written so far. */
  readonly said: () => string;
  readonly say: (line: string) => void;
  readonly ended: Promise<number | null>;
}

/** A program that asks something, and whoever answers it. */
function talk(profile: string, args: readonly string[]): Conversation {
  const child = program.start(profile, args);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const ended = (async () => ((await once(child, 'close')) as [number | null])[0])();
  return { ended, said: () => said, say: (line) => child.stdin?.write(`${line}\n`) };
}

it('The command line joins on a second profile without the password, by a code that is typed on the first', async () => {
  const service = ['--url', server.url, '--service-id', server.serviceId];
  await program.expectDone('bob', ['register', 'bob', ...service, '--password-stdin'], 'password of bob\n');
  await program.expectDone('bob', ['send', 'bob', '-m', 'A note']);
  const joining = talk('bob-2', ['join', 'bob', ...service]);
  const listed = await waitFor(async () => (await program.expectDone('bob', ['devices'])) || null, {
    what: 'the request',
  });
  expect(listed).toContain('calls itself command line');
  const approving = talk('bob', ['devices', 'approve']);
  const [, code = ''] = await waitFor(() => /code of this device is (\d{4} \d{4})/.exec(joining.said()));
  await waitFor(() => approving.said().includes('Code that command line shows'));
  approving.say(code);
  expect([await approving.ended, approving.said()]).toEqual([0, expect.stringContaining('Approved')]);
  joining.say('yes');
  expect([await joining.ended, joining.said()]).toEqual([0, expect.stringContaining('Signed in as bob')]);
  const notes = jsonLines(await program.expectDone('bob-2', ['inbox', '--json']));
  expect(notes.map(({ text }) => text)).toEqual(['A note']);
  expect(await program.run('bob', ['devices', 'approve'])).toMatchObject({ code: 2 });
  expect(await program.run('bob', ['devices', 'lock'])).toMatchObject({ code: 2 });
});

it('The command line shows what the user refuses, and keeps nothing of it', async () => {
  const joining = talk('bob-3', ['join', 'bob', '--url', server.url, '--service-id', server.serviceId]);
  const listed = async (): Promise<string> => program.expectDone('bob', ['devices']);
  const [id = ''] = (await waitFor(async () => (await listed()) || null, { what: 'the request' })).split(' ');
  const approving = talk('bob', ['devices', 'approve', id]);
  await waitFor(() => approving.said().includes('Code that'));
  approving.say('no idea');
  expect([await approving.ended, approving.said()]).toEqual([1, expect.stringContaining('[devices.code-differs]')]);
  expect([await joining.ended, joining.said()]).toEqual([3, expect.stringContaining('[auth.device-request-denied]')]);
  expect(await program.run('bob-3', ['inbox'])).toMatchObject({ code: 2 });
});
