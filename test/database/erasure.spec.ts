import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson, RotateJson } from '@sealpost/protocol';
import { eraseAccount } from '../support/account-api.js';
import { untilWaiting, waitingFor, whileHeld } from '../support/held-locks.js';
import {
  call,
  challengeFor,
  loginRequest,
  logIn,
  registerUser,
  rotateRequest,
  startProcess,
  type TestProcess,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { type SendAnswer, sendMessage } from '../support/messages-api.js';
import { callAsOwner } from '../support/signing-proof.js';

const LAST_STEP = 'DELETE%accounts';

let server: TestProcess;

beforeAll(async () => {
  server = await startProcess();
});

/** Everything that an erasure touches. */
async function stateOf(userId: string): Promise<unknown> {
  const [row] = await server.sql(
    `SELECT (SELECT to_jsonb(a) FROM accounts a WHERE user_id = $1) AS account,
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM sessions s WHERE user_id = $1) AS sessions,
            (SELECT to_jsonb(h) FROM handles h WHERE user_id = $1) AS handle,
            (SELECT to_jsonb(v) FROM vaults v WHERE user_id = $1) AS vault,
            (SELECT to_jsonb(m) FROM mailboxes m WHERE user_id = $1) AS mailbox,
            (SELECT count(*)::int FROM mailbox_entries WHERE user_id = $1) AS entries,
            (SELECT count(*)::int FROM account_events WHERE user_id = $1) AS events,
            (SELECT count(*)::int FROM erased_mailboxes WHERE user_id = $1) AS erased`,
    [userId],
  );
  return row;
}

async function isGone(userId: string): Promise<boolean> {
  const rows = await server.sql(
    `SELECT user_id FROM accounts WHERE user_id = $1 UNION ALL SELECT user_id FROM sessions WHERE user_id = $1
     UNION ALL SELECT user_id FROM mailboxes WHERE user_id = $1 UNION ALL SELECT user_id FROM vaults WHERE user_id = $1`,
    [userId],
  );
  return rows.length === 0;
}

/** What keeps an erasure waiting, in the order in which it comes there, and the statement that waits. */
const STEPS: readonly (readonly [string, (userId: string) => string, string])[] = [
  [
    'the account is held',
    (id) => `SELECT 1 FROM accounts WHERE user_id = '${id}' FOR UPDATE`,
    'SELECT%FOR NO KEY UPDATE',
  ],
  ['the keys are held', (id) => `SELECT 1 FROM key_heads WHERE user_id = '${id}' FOR UPDATE`, 'key_heads%FOR UPDATE'],
  ['the handle goes', () => 'LOCK TABLE handles IN SHARE MODE', 'DELETE%handles'],
  ['the vault goes', () => 'LOCK TABLE vaults IN SHARE MODE', 'DELETE%vaults'],
  ['the sessions go', () => 'LOCK TABLE erased_sessions IN SHARE MODE', 'INSERT%erased_sessions'],
  [
    'the account is held alone',
    (id) => `SELECT 1 FROM accounts WHERE user_id = '${id}' FOR KEY SHARE`,
    'accounts%FOR UPDATE',
  ],
  ['the mailbox goes', () => 'LOCK TABLE erased_mailboxes IN SHARE MODE', 'INSERT%erased_mailboxes'],
  ['the invitation is forgotten', () => 'LOCK TABLE invitations IN SHARE MODE', 'UPDATE%invitations'],
  ['the history goes', () => 'LOCK TABLE account_events IN SHARE MODE', LAST_STEP],
];

describe('an erasure that is broken off', () => {
  it.each(STEPS)(
    'an erasure that is broken off in the middle by a cut connection when %s changes nothing, and can be repeated',
    async (_step, lock, statement) => {
      const alice = await registerUser(server);
      await sendMessage(server, alice, unreadableMessage(alice.identity, [alice.identity]));
      const before = await stateOf(alice.userId);
      const broken = await whileHeld(server, lock(alice.userId), async () => {
        const answer = eraseAccount(server, alice);
        await server.sql('SELECT pg_terminate_backend($1)', [await untilWaiting(server, statement)]);
        return answer;
      });
      expect([broken.status, broken.body.code]).toEqual([503, 'server.unavailable']);
      expect(await stateOf(alice.userId)).toEqual(before);
      expect((await eraseAccount(server, alice)).status).toBe(204);
      expect(await isGone(alice.userId)).toBe(true);
    },
  );

  it('an erasure that is broken off in the middle by the end of the server changes nothing', async () => {
    const alice = await registerUser(server);
    const before = await stateOf(alice.userId);
    await whileHeld(server, 'LOCK TABLE account_events IN SHARE MODE', async () => {
      const answer = eraseAccount(server, alice).catch(() => 'cut off');
      await untilWaiting(server, LAST_STEP);
      await server.kill();
      expect(await answer).toBe('cut off');
    });
    await server.restart();
    await waitFor(async () => (await waitingFor(server, LAST_STEP)) === null);
    expect(await stateOf(alice.userId)).toEqual(before);
    expect((await eraseAccount(server, alice)).status).toBe(204);
  });
});

/** Lets an erasure wait before its end, begins something else behind it, and lets both go on. */
async function behindAnErasure<T>(alice: TestUser, statement: string, work: () => Promise<T>): Promise<T> {
  const { other, erased } = await whileHeld(server, 'LOCK TABLE account_events IN SHARE MODE', async (release) => {
    const erasing = eraseAccount(server, alice);
    await untilWaiting(server, LAST_STEP);
    const working = work();
    await untilWaiting(server, statement);
    await release();
    return { other: await working, erased: await erasing };
  });
  expect(erased.status).toBe(204);
  expect(await isGone(alice.userId)).toBe(true);
  return other;
}

describe('after an erasure', () => {
  it('behind an erasure a log-in is refused', async () => {
    const alice = await registerUser(server);
    const { challenge } = await challengeFor(server, alice.loginId);
    const body = loginRequest(alice.identity, challenge);
    const answer = await behindAnErasure(alice, 'SELECT%FOR SHARE', () =>
      call<ProblemJson>(server, 'POST', '/v1/auth/login', { body }),
    );
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.login-refused']);
  });

  it('behind an erasure a rotation is refused', async () => {
    const alice = await registerUser(server);
    const { request: body } = rotateRequest(alice.identity);
    const answer = await behindAnErasure(alice, 'key_heads%FOR UPDATE', () =>
      call<ProblemJson>(server, 'POST', '/v1/keys', { token: alice.token, body }),
    );
    expect([answer.status, answer.body.code]).toEqual([404, 'keys.user-not-found']);
    const versions = await server.sql('SELECT version FROM key_statements WHERE user_id = $1', [alice.userId]);
    expect(versions).toEqual([{ version: 1 }]);
  });

  it('behind an erasure a message to the user and to somebody else is refused to both', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const body = unreadableMessage(bob.identity, [alice.identity, bob.identity]);
    const answer = await behindAnErasure(alice, 'UPDATE mailboxes', () => sendMessage(server, bob, body));
    expect([answer.status, answer.body.code]).toEqual([422, 'messages.recipient-erased']);
    const rows = await server.sql('SELECT 1 FROM mailbox_entries WHERE message_id = $1', [body.id]);
    expect(rows).toEqual([]);
  });

  it('behind an erasure another erasure is refused', async () => {
    const alice = await registerUser(server);
    const second = await logIn(server, alice.identity);
    const answer = await behindAnErasure(alice, 'SELECT%FOR NO KEY UPDATE', () => eraseAccount(server, second));
    expect([answer.status, answer.body.code]).toEqual([403, 'auth.proof-refused']);
  });

  it('behind an erasure the end of another session is refused, as the own one has ended', async () => {
    const alice = await registerUser(server);
    const second = await logIn(server, alice.identity);
    const path = `/v1/account/sessions/${second.sessionId}`;
    const answer = await behindAnErasure(alice, 'SELECT%FROM sessions%FOR SHARE', () =>
      callAsOwner<ProblemJson>(server, alice, 'DELETE', path),
    );
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.session-ended']);
  });
});

describe('an erasure beside other work', () => {
  it('an erasure waits for a rotation under way, whose statement stays', async () => {
    const alice = await registerUser(server);
    const { request: body } = rotateRequest(alice.identity);
    const [rotated, erased] = await whileHeld(server, 'LOCK TABLE account_events IN SHARE MODE', async (release) => {
      const rotating = call<RotateJson>(server, 'POST', '/v1/keys', { token: alice.token, body });
      await untilWaiting(server, 'INSERT%account_events');
      const erasing = eraseAccount(server, alice);
      await untilWaiting(server, 'key_heads%FOR UPDATE');
      await release();
      return Promise.all([rotating, erasing]);
    });
    expect([rotated.status, erased.status]).toEqual([201, 204]);
    expect(await isGone(alice.userId)).toBe(true);
    const versions = await server.sql('SELECT version FROM key_statements WHERE user_id = $1 ORDER BY version', [
      alice.userId,
    ]);
    expect(versions).toEqual([{ version: 1 }, { version: 2 }]);
  });

  it('an erasure waits for a log-in under way, and ends its session', async () => {
    const alice = await registerUser(server);
    const { challenge } = await challengeFor(server, alice.loginId);
    const [loggedIn, erased] = await whileHeld(server, 'LOCK TABLE account_events IN SHARE MODE', async (release) => {
      const body = loginRequest(alice.identity, challenge);
      const loggingIn = call<{ accessToken: string }>(server, 'POST', '/v1/auth/login', { body });
      await untilWaiting(server, 'INSERT%account_events');
      const erasing = eraseAccount(server, alice);
      await untilWaiting(server, 'SELECT%FOR NO KEY UPDATE');
      await release();
      return Promise.all([loggingIn, erasing]);
    });
    expect([loggedIn.status, erased.status]).toEqual([200, 204]);
    expect(await isGone(alice.userId)).toBe(true);
    const token = loggedIn.body.accessToken;
    expect((await call<ProblemJson>(server, 'GET', '/v1/vault', { token })).body.code).toBe('auth.session-ended');
  });

  it('an erasure waits for a delivery under way, whose entry goes with the others', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const body = unreadableMessage(bob.identity, [alice.identity]);
    const [sent, erased] = await whileHeld(server, 'LOCK TABLE messages IN SHARE MODE', async (release) => {
      const sending: Promise<{ readonly status: number; readonly body: SendAnswer }> = sendMessage(server, bob, body);
      await untilWaiting(server, 'INSERT INTO messages');
      const erasing = eraseAccount(server, alice);
      await untilWaiting(server, 'DELETE FROM mailboxes');
      await release();
      return Promise.all([sending, erasing]);
    });
    expect([sent.status, erased.status]).toEqual([201, 204]);
    await waitFor(
      async () =>
        (await server.sql('SELECT 1 FROM mailbox_entries WHERE user_id = $1', [alice.userId])).length === 0 &&
        (await server.sql('SELECT 1 FROM messages WHERE id = $1', [body.id])).length === 0,
      { what: 'the end of the sweep' },
    );
  });
});

describe('the sweep of an erased mailbox', () => {
  it('the sweep of an erased mailbox goes on where the server was killed in the middle', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const messages = Array.from({ length: 20 }, () => unreadableMessage(bob.identity, [alice.identity]));
    await call(server, 'POST', '/v1/messages/batch', { token: bob.token, body: { messages } });
    await whileHeld(server, 'LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE', async () => {
      expect((await eraseAccount(server, alice)).status).toBe(204);
      await untilWaiting(server, 'FROM messages');
      await server.kill();
    });
    const entries = () => server.sql('SELECT 1 FROM mailbox_entries WHERE user_id = $1', [alice.userId]);
    expect(await entries()).toHaveLength(20);
    await server.restart();
    const erased = () => server.sql('SELECT 1 FROM erased_mailboxes WHERE user_id = $1', [alice.userId]);
    await waitFor(async () => (await erased()).length === 0, { what: 'the end of the sweep' });
    expect(await entries()).toEqual([]);
    const ids = messages.map(({ id }) => id);
    expect(await server.sql('SELECT 1 FROM messages WHERE id = ANY($1::uuid[])', [ids])).toEqual([]);
  });
});
