import { beforeAll, describe, expect, it } from '@jest/globals';
import { DeviceApi, deviceRequest } from '../support/device-api.js';
import { registerUser, startProcess, waitFor } from '../support/index.js';
import type { TestProcess } from '../support/index.js';
import { waitingFor, whileHeld } from '../support/held-locks.js';

let server: TestProcess;
let api: DeviceApi;

beforeAll(async () => {
  server = await startProcess();
  api = new DeviceApi(server);
});

/** Everything that the steps of a request touch. */
async function stateOf(userId: string, loginId: string): Promise<unknown> {
  const [row] = await server.sql(
    `SELECT (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM sessions s WHERE s.user_id = $1) AS sessions,
            (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM device_requests d WHERE d.login_id = $2) AS requests,
            (SELECT count(*)::int FROM account_events e WHERE e.user_id = $1) AS events`,
    [userId, loginId],
  );
  return row;
}

const waiting = (statement: string) => waitingFor(server, statement);

const whileLocked = <T>(lock: string, work: (release: () => Promise<void>) => Promise<T>) =>
  whileHeld(server, lock, work);

interface Names {
  readonly userId: string;
  readonly id: string;
}

/** What keeps a collection waiting, in the order in which it comes there, and the statement that waits. */
const STEPS: readonly (readonly [string, (names: Names) => string, string])[] = [
  [
    'the account is held',
    ({ userId }) => `SELECT 1 FROM accounts WHERE user_id = '${userId}' FOR UPDATE`,
    'accounts%FOR SHARE',
  ],
  [
    'the request is held',
    ({ id }) => `SELECT 1 FROM device_requests WHERE id = '${id}' FOR UPDATE`,
    'device_requests%FOR UPDATE',
  ],
  [
    'the approving session is held',
    ({ userId }) => `SELECT 1 FROM sessions WHERE user_id = '${userId}' FOR UPDATE`,
    'sessions%FOR SHARE',
  ],
  ['the session is opened', () => 'LOCK TABLE sessions IN SHARE MODE', 'INSERT%sessions'],
  ['the request is used up', () => 'LOCK TABLE device_requests IN SHARE MODE', 'UPDATE%device_requests'],
  ['the history is written', () => 'LOCK TABLE account_events IN SHARE MODE', 'INSERT%account_events'],
];

describe('a collection that is broken off', () => {
  it.each(STEPS)(
    'a collection that is broken off in the middle by a cut connection when %s opens nothing, and can be repeated',
    async (_, lockFor, statement) => {
      const alice = await registerUser(server);
      const request = await api.approved(alice);
      const { userId } = alice;
      const before = await stateOf(userId, request.loginId);
      const broken = await whileLocked(lockFor({ userId, id: request.id }), async () => {
        const answer = api.collect(request);
        const pid = await waitFor(() => waiting(statement), { what: 'the transaction that waits' });
        await server.sql('SELECT pg_terminate_backend($1)', [pid]);
        return answer;
      });
      expect([broken.status, broken.body.code]).toEqual([503, 'server.unavailable']);
      expect(await stateOf(userId, request.loginId)).toEqual(before);
      expect((await api.collect(request)).status).toBe(200);
    },
  );

  it('a collection that is broken off in the middle by the end of the server opens nothing, and can be repeated', async () => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    const before = await stateOf(alice.userId, request.loginId);
    await whileLocked('LOCK TABLE account_events IN SHARE MODE', async () => {
      const answer = api.collect(request).catch(() => 'cut off');
      await waitFor(() => waiting('INSERT%account_events'), { what: 'the transaction that waits' });
      await server.kill();
      expect(await answer).toBe('cut off');
    });
    await server.restart();
    await waitFor(async () => (await waiting('INSERT%account_events')) === null);
    expect(await stateOf(alice.userId, request.loginId)).toEqual(before);
    expect((await api.collect(request)).status).toBe(200);
  });
});

describe('a single step that is broken off', () => {
  it('a single step that is broken off is not done, and can be repeated', async () => {
    const alice = await registerUser(server);
    const request = deviceRequest(alice.identity.loginId);
    const steps: [string, () => Promise<{ status: number }>][] = [
      ['INSERT%device_requests', () => api.request(request)],
      ['UPDATE device_requests', () => api.answer(alice, request.id)],
      ['UPDATE device_requests', () => api.reveal(request)],
      ['UPDATE device_requests', () => api.approve(alice, request)],
    ];
    for (const [statement, step] of steps) {
      const before = await stateOf(alice.userId, request.loginId);
      const broken = await whileLocked('LOCK TABLE device_requests IN SHARE MODE', async () => {
        const answer = step();
        const pid = await waitFor(() => waiting(statement), { what: 'the statement that waits' });
        await server.sql('SELECT pg_terminate_backend($1)', [pid]);
        return answer;
      });
      expect(broken.status).toBe(503);
      expect(await stateOf(alice.userId, request.loginId)).toEqual(before);
      expect((await step()).status).toBeLessThan(300);
    }
    expect((await api.collect(request)).status).toBe(200);
  });
});
