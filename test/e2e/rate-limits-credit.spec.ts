import { beforeAll, describe, expect, it } from '@jest/globals';
import { registerUser, startServer, unreadableMessage, waitFor } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { sendMessage } from '../support/messages-api.js';
import { untilWaiting, waitingFor, whileHeld } from '../support/held-locks.js';

/** A lease of 100 messages that is over after half a second. */
const ENV = { SEALPOST_RATE_SEND_PER_ACCOUNT: '1000/5' };
/** Nothing can read or write a limit. */
const LOCK = 'LOCK TABLE rate_limits IN ACCESS EXCLUSIVE MODE';
const TAKE = 'SELECT key, tat FROM rate_limits';

describe('A message after a pause', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startServer({ env: ENV });
    [alice, bob] = [await registerUser(server), await registerUser(server)];
  });

  const send = (from = alice, to = bob) => sendMessage(server, from, unreadableMessage(from.identity, [to.identity]));

  /** Of the account's last lease nothing is left: the limit has got all of it back. */
  const pause = (): Promise<unknown> =>
    waitFor(async () => (await server.sql('SELECT 1 FROM rate_limits WHERE tat >= now()')).length === 0);

  it('a message after a pause is answered before its rate limit is counted', async () => {
    expect((await send()).status).toBe(201);
    await pause();
    await whileHeld(server, LOCK, async (release) => {
      expect((await send()).status).toBe(201);
      await untilWaiting(server, TAKE);
      await release();
    });
    await waitFor(async () => (await waitingFor(server, TAKE)) === null);
  });

  it('a message after a pause is counted all the same, and only a hundredth of the limit can go ahead of the count', async () => {
    await pause();
    await whileHeld(server, LOCK, async (release) => {
      for (let index = 0; index < 10; index++) expect((await send()).status).toBe(201);
      let answered = false;
      const next = send().finally(() => (answered = true));
      // Another account has credit of its own, and its message, sent later, is answered.
      expect((await send(bob, alice)).status).toBe(201);
      expect(answered).toBe(false);
      await release();
      expect((await next).status).toBe(201);
    });
  });
});
