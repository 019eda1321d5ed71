import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CommandLine, jsonLines } from '../support/command-line.js';
import { startServer } from '../support/index.js';

const server = await startServer();
const line = await CommandLine.create();
const ADDRESS = ['--url', server.url, '--service-id', server.serviceId];
const PASSWORD = 'correct horse battery staple';

/** Stores a state such as a thief of a session leaves. */
function poison(userId: string): Promise<unknown> {
  return server.sql(
    `INSERT INTO shared_states (user_id, state_version, state, previous_hash, updated_at)
      VALUES ('${userId}', 1, decode('01' || repeat('07', 100), 'hex'), decode(repeat('00', 32), 'hex'), now())
      ON CONFLICT (user_id) DO UPDATE SET state = EXCLUDED.state`,
  );
}

/** A user whose shared state is unreadable. */
async function poisonedUser(): Promise<string> {
  const loginId = `user-${randomBytes(5).toString('hex')}`;
  const registered = await line.expectDone(
    loginId,
    ['register', loginId, ...ADDRESS, '--json', '--password-stdin'],
    PASSWORD,
  );
  await poison(String(jsonLines(registered)[0]?.['userId']));
  return loginId;
}

describe('the command line and an unreadable state', () => {
  it('the command line where the shared state cannot be opened signs in, says so with an exit code of its own, and repairs it when it is told to', async () => {
    const loginId = await poisonedUser();
    const login = await line.run('laptop', ['login', loginId, ...ADDRESS, '--password-stdin'], PASSWORD);
    expect(login).toMatchObject({ code: 5, stdout: expect.stringContaining('Signed in') as unknown });
    expect(login.stderr).toContain('[state.refused]');
    const send = await line.run('laptop', ['send', loginId, '-m', 'to myself']);
    expect(send).toMatchObject({ code: 0 });
    expect(await line.run('laptop', ['state'])).toMatchObject({ code: 5 });
    const repaired = await line.expectDone('laptop', ['state', 'repair', '--json']);
    expect(jsonLines(repaired)).toMatchObject([{ stateVersion: 2, repaired: true }]);
    expect(jsonLines(await line.expectDone('laptop', ['state', 'repair', '--json']))).toMatchObject([
      { repaired: false },
    ]);
    await line.expectDone('tablet', ['login', loginId, ...ADDRESS, '--password-stdin'], PASSWORD);
  });

  it('the command line where the shared state cannot be opened signs in and gives it up at once with --discard-state', async () => {
    const loginId = await poisonedUser();
    const args = ['login', loginId, ...ADDRESS, '--password-stdin', '--discard-state'];
    await line.expectDone('phone', args, PASSWORD);
    await line.expectDone('phone', ['state']);
  });
});
