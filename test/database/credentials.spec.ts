import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, type ProblemJson } from '@sealpost/protocol';
import { changePassword, openRecovery, recover, replaceRecoveryKey } from '../support/account-api.js';
import type { Changed } from '../support/account-api.js';
import {
  buildIdentity,
  call,
  challengeFor,
  loginRequest,
  logIn,
  registerUser,
  startProcess,
  waitFor,
} from '../support/index.js';
import type { TestIdentity, TestProcess, TestUser } from '../support/index.js';
import { newEscrowHolder, rekey } from '../support/vault-key.js';
import { waitingFor, whileHeld } from '../support/held-locks.js';

const holder = newEscrowHolder();
let server: TestProcess;

beforeAll(async () => {
  server = await startProcess({ env: { SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) } });
});

/** Everything that a change of credentials touches. */
async function stateOf(userId: string): Promise<unknown> {
  const [row] = await server.sql(
    `SELECT to_jsonb(a) AS account,
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM sessions s WHERE s.user_id = a.user_id) AS sessions,
            (SELECT jsonb_agg(to_jsonb(h)) FROM handles h WHERE h.user_id = a.user_id) AS handles,
            (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.version) FROM key_statements k WHERE k.user_id = a.user_id) AS keys,
            (SELECT jsonb_agg(to_jsonb(k)) FROM key_heads k WHERE k.user_id = a.user_id) AS heads,
            (SELECT jsonb_agg(to_jsonb(v)) FROM vaults v WHERE v.user_id = a.user_id) AS vaults,
            (SELECT jsonb_agg(to_jsonb(e)) FROM escrows e WHERE e.user_id = a.user_id) AS escrows,
            (SELECT count(*)::int FROM account_events e WHERE e.user_id = a.user_id) AS events
       FROM accounts a WHERE a.user_id = $1`,
    [userId],
  );
  return row;
}

const waiting = (statement: string) => waitingFor(server, statement);

const whileLocked = <T>(lock: string, work: (release: () => Promise<void>) => Promise<T>) =>
  whileHeld(server, lock, work);

const CHANGES: readonly (readonly [string, (user: TestUser) => Promise<Changed>])[] = [
  ['change of password and loginId', (user) => changePassword(server, user, { newLoginId: buildIdentity().loginId })],
  ['recovery', (user) => recover(server, user.identity, { newLoginId: buildIdentity().loginId })],
  ['replacement of the recovery key', (user) => replaceRecoveryKey(server, user)],
  ['new vault key', (user) => rekey(server, user, { escrow: holder })],
];

/** What keeps a change waiting, in the order in which it comes there, and the statement that waits. */
const STEPS: readonly (readonly [string, (userId: string) => string, string])[] = [
  [
    'the account is held',
    (userId) => `SELECT 1 FROM accounts WHERE user_id = '${userId}' FOR UPDATE`,
    'SELECT%FOR NO KEY UPDATE',
  ],
  ['the account is changed', () => 'LOCK TABLE accounts IN SHARE MODE', 'UPDATE%accounts'],
  ['the history is written', () => 'LOCK TABLE account_events IN SHARE MODE', 'INSERT%account_events'],
];

describe.each(CHANGES)('a %s that is broken off in the middle', (_change, change) => {
  it.each(STEPS)(
    'a change of credentials that is broken off in the middle by a cut connection when %s changes nothing, and can be repeated',
    async (_step, lockFor, statement) => {
      const alice = await registerUser(server);
      await logIn(server, alice.identity);
      const before = await stateOf(alice.userId);
      const broken = await whileLocked(lockFor(alice.userId), async () => {
        const answer = change(alice);
        const pid = await waitFor(() => waiting(statement), { what: 'the transaction that waits' });
        await server.sql('SELECT pg_terminate_backend($1)', [pid]);
        return answer;
      });
      expect([broken.answer.status, broken.answer.body.code]).toEqual([503, 'server.unavailable']);
      expect(await stateOf(alice.userId)).toEqual(before);
      expect((await change(alice)).answer.status).toBe(200);
    },
  );

  it('a change of credentials that is broken off in the middle by the end of the server changes nothing', async () => {
    const alice = await registerUser(server);
    await logIn(server, alice.identity);
    const before = await stateOf(alice.userId);
    await whileLocked('LOCK TABLE account_events IN SHARE MODE', async () => {
      const answer = change(alice).catch(() => 'cut off');
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the transaction that waits' });
      await server.kill();
      expect(await answer).toBe('cut off');
    });
    await server.restart();
    await waitFor(async () => (await waiting('INSERT%account_events')) === null);
    expect(await stateOf(alice.userId)).toEqual(before);
    expect((await change(alice)).answer.status).toBe(200);
  });
});

/** What a new vault key changes besides, in the order of its statements. */
const REKEY_STEPS: readonly (readonly [string, string, string])[] = [
  ['the statement is stored', 'key_statements', 'INSERT%key_statements'],
  ['the head is moved', 'key_heads', 'UPDATE%key_heads'],
  ['the vault is written', 'vaults', 'UPDATE%vaults'],
  ['the handle is signed anew', 'handles', 'DELETE%handles'],
  ['the escrow is stored', 'escrows', 'INSERT%escrows'],
  ['the sessions end', 'sessions', 'UPDATE%sessions'],
];

describe('a new vault key that is broken off', () => {
  it.each(REKEY_STEPS)(
    'a new vault key that is broken off when %s changes nothing, and can be repeated',
    async (_step, table, statement) => {
      const alice = await registerUser(server);
      await logIn(server, alice.identity);
      const before = await stateOf(alice.userId);
      const broken = await whileLocked(`LOCK TABLE ${table} IN SHARE MODE`, async () => {
        const answer = rekey(server, alice, { escrow: holder });
        const pid = await waitFor(() => waiting(statement), { what: 'the transaction that waits' });
        await server.sql('SELECT pg_terminate_backend($1)', [pid]);
        return answer;
      });
      expect([broken.answer.status, broken.answer.body.code]).toEqual([503, 'server.unavailable']);
      expect(await stateOf(alice.userId)).toEqual(before);
      expect((await rekey(server, alice, { escrow: holder })).answer.status).toBe(200);
    },
  );
});

describe('a log-in', () => {
  const attempt = async (identity: TestIdentity) => {
    const { challenge } = await challengeFor(server, identity.loginId);
    return call<ProblemJson>(server, 'POST', '/v1/auth/login', { body: loginRequest(identity, challenge) });
  };

  it('a log-in with the old password cannot slip its session past a change of the password', async () => {
    const alice = await registerUser(server);
    const { login, change } = await whileLocked('LOCK TABLE account_events IN SHARE MODE', async (release) => {
      // The change has ended all sessions and waits; the log-in has checked the old proof and waits for the change.
      const changing = changePassword(server, alice);
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the change that waits' });
      const loggingIn = attempt(alice.identity);
      await waitFor(() => waiting('SELECT%FOR SHARE'), { what: 'the log-in that waits' });
      await release();
      return { login: await loggingIn, change: await changing };
    });
    expect(change.answer.status).toBe(200);
    expect([login.status, login.body.code]).toEqual([401, 'auth.login-refused']);
    const [row] = await server.sql<{ n: number }>(
      'SELECT count(*)::int AS n FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
      [alice.userId],
    );
    expect(row).toEqual({ n: 1 });
  });

  it('a log-in that was first is ended by the change', async () => {
    const alice = await registerUser(server);
    const { login, change } = await whileLocked('LOCK TABLE account_events IN SHARE MODE', async (release) => {
      const loggingIn = attempt(alice.identity);
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the log-in that waits' });
      const changing = changePassword(server, alice);
      await waitFor(() => waiting('SELECT%FOR NO KEY UPDATE'), { what: 'the change that waits' });
      await release();
      return { login: await loggingIn, change: await changing };
    });
    expect([login.status, change.answer.status]).toEqual([200, 200]);
    const token = (login.body as unknown as { accessToken: string }).accessToken;
    const answer = await call<ProblemJson>(server, 'GET', '/v1/account/sessions', { token });
    expect(answer.body.code).toBe('auth.session-ended');
  });
});

describe('two changes at the same moment', () => {
  it('two changes at the same moment are put in order by the account’s row: the second one is told that it is stale', async () => {
    const alice = await registerUser(server);
    const [first, second] = await whileLocked('LOCK TABLE account_events IN SHARE MODE', async (release) => {
      const winner = changePassword(server, alice);
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the first change' });
      const loser = recover(server, alice.identity);
      await waitFor(() => waiting('SELECT%FOR NO KEY UPDATE'), { what: 'the second change' });
      await release();
      return Promise.all([winner, loser]);
    });
    expect(first.answer.status).toBe(200);
    expect([second.answer.status, second.answer.body]).toMatchObject([
      409,
      { code: 'auth.credentials-changed', credentialVersion: 2 },
    ]);
  });

  it('an opened recovery and a change do not mix: what is handed out belongs together', async () => {
    const alice = await registerUser(server);
    const [change, opened] = await whileLocked('LOCK TABLE account_events IN SHARE MODE', async (release) => {
      const changing = changePassword(server, alice);
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the change' });
      const opening = openRecovery(server, alice.identity);
      await waitFor(() => waiting('SELECT%FOR SHARE'), { what: 'the opening' });
      await release();
      return Promise.all([changing, opening]);
    });
    expect(change.answer.status).toBe(200);
    expect([opened.status, opened.body.code]).toEqual([401, 'auth.recovery-refused']);
    expect((await openRecovery(server, alice.identity)).body.credentialVersion).toBe(2);
  });
});
