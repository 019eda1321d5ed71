import { beforeAll, describe, expect, it } from '@jest/globals';
import { logIn, registerUser, startProcess, waitFor } from '../support/index.js';
import type { TestProcess, TestUser } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, resetKeys } from '../support/resets.js';
import { cancelResets } from '../support/signing-proof.js';
import { waitingFor, whileHeld } from '../support/held-locks.js';

let mail: MailServer;
let server: TestProcess;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startProcess({ env: mail.settings() });
});

/** Everything that a reset touches. */
async function stateOf(userId: string): Promise<unknown> {
  const tables = ['accounts', 'sessions', 'handles', 'key_heads', 'key_statements', 'vaults', 'reset_claims'];
  const rows = tables.map(
    (table) => `(SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text) FROM ${table} t WHERE t.user_id = $1)`,
  );
  const [row] = await server.sql(
    `SELECT jsonb_build_array(${rows.join(', ')}) AS state,
            (SELECT count(*)::int FROM account_events WHERE user_id = $1) AS events`,
    [userId],
  );
  return row;
}

const waiting = (statement: string) => waitingFor(server, statement);

const whileLocked = <T>(lock: string, work: (release: () => Promise<void>) => Promise<T>) =>
  whileHeld(server, lock, work);

async function claimed(): Promise<{ user: TestUser; token: string }> {
  const user = await registerUser(server);
  await claimReset(server, user.loginId);
  const token = await mail.tokenFor(user.loginId);
  // The mail is out a moment before the claim says so.
  await waitFor(async () => {
    const noted = 'SELECT FROM reset_claims WHERE user_id = $1 AND deliver_at IS NULL';
    return (await server.sql(noted, [user.userId])).length > 0;
  });
  return { user, token };
}

/** What keeps a reset waiting, in the order in which it comes there. */
const STEPS: readonly (readonly [string, string, string])[] = [
  ['the claim is used', 'LOCK TABLE reset_claims IN SHARE MODE', 'DELETE%reset_claims'],
  ['the keys are locked', 'LOCK TABLE key_heads IN EXCLUSIVE MODE', 'key_heads%FOR UPDATE'],
  ['the statement is stored', 'LOCK TABLE key_statements IN SHARE MODE', 'INSERT%key_statements'],
  ['the vault is replaced', 'LOCK TABLE vaults IN SHARE MODE', 'UPDATE%vaults'],
  ['the handle is signed anew', 'LOCK TABLE handles IN SHARE MODE', 'UPDATE%handles'],
  ['the credentials are replaced', 'LOCK TABLE accounts IN SHARE MODE', 'UPDATE%accounts'],
  ['the sessions end', 'LOCK TABLE sessions IN SHARE MODE', 'UPDATE%sessions'],
  ['the history is written', 'LOCK TABLE account_events IN SHARE MODE', 'INSERT%account_events'],
];

describe('a reset that is broken off', () => {
  it.each(STEPS)(
    'a reset that is broken off in the middle by a cut connection when %s changes nothing; the token still works',
    async (_, lock, statement) => {
      const { user, token } = await claimed();
      const before = await stateOf(user.userId);
      const broken = await whileLocked(lock, async () => {
        const answer = resetKeys(server, user.identity, token);
        const pid = await waitFor(() => waiting(statement), { what: 'the transaction that waits' });
        await server.sql('SELECT pg_terminate_backend($1)', [pid]);
        return answer;
      });
      expect([broken.answer.status, broken.answer.body.code]).toEqual([503, 'server.unavailable']);
      expect(await stateOf(user.userId)).toEqual(before);
      await logIn(server, user.identity);
      const again = await resetKeys(server, user.identity, token);
      expect(again.answer.status).toBe(200);
      await logIn(server, again.changed);
    },
  );

  it('a reset that is broken off in the middle by the end of the server changes nothing', async () => {
    const { user, token } = await claimed();
    const before = await stateOf(user.userId);
    await whileLocked('LOCK TABLE account_events IN SHARE MODE', async () => {
      const answer = resetKeys(server, user.identity, token).catch(() => 'cut off');
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the transaction that waits' });
      await server.kill();
      expect(await answer).toBe('cut off');
    });
    await server.restart();
    await waitFor(async () => (await waiting('INSERT%account_events')) === null);
    expect(await stateOf(user.userId)).toEqual(before);
    expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
  });
});

describe('a claim', () => {
  it('a claim of a reset and its entry in the history are there together, or neither is', async () => {
    const user = await registerUser(server);
    const before = await stateOf(user.userId);
    await whileLocked('LOCK TABLE account_events IN SHARE MODE', async () => {
      expect((await claimReset(server, user.loginId)).status).toBe(202);
      const pid = await waitFor(() => waiting('INSERT%account_events'), { what: 'the transaction that waits' });
      await server.sql('SELECT pg_terminate_backend($1)', [pid]);
      await waitFor(async () => (await waiting('INSERT%account_events')) === null);
    });
    expect(await stateOf(user.userId)).toEqual(before);
    expect(mail.mailsTo(user.loginId)).toEqual([]);
  });

  it('a claim of a reset is called off as a whole, or not at all', async () => {
    const { user, token } = await claimed();
    const before = await stateOf(user.userId);
    const answer = await whileLocked('LOCK TABLE account_events IN SHARE MODE', async () => {
      const cancelled = cancelResets(server, user);
      const pid = await waitFor(() => waiting('INSERT%account_events'), { what: 'the transaction that waits' });
      await server.sql('SELECT pg_terminate_backend($1)', [pid]);
      return cancelled;
    });
    expect(answer.status).toBe(503);
    expect(await stateOf(user.userId)).toEqual(before);
    expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
  });
});
