import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson } from '@sealpost/protocol';
import { call, killEmbeddedDatabase, registerUser, startProcess, startServer, waitFor } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { startReplica } from '../support/replica.js';

/** Nothing of these comes back while a test runs. */
const ENV = {
  SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: '10/86400',
  SEALPOST_RATE_LOOKUP_PER_ACCOUNT: '40/86400',
  SEALPOST_RATE_ROTATE_PER_ACCOUNT: '3/86400',
};

interface Counts {
  [status: number]: number;
}

/** How often each status was answered. */
async function countStatuses(requests: readonly Promise<{ status: number }>[]): Promise<Counts> {
  const counts: Counts = {};
  for (const { status } of await Promise.all(requests)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const challenge = (server: TestServer, loginId: string) =>
  call<ProblemJson>(server, 'POST', '/v1/auth/challenge', { body: { loginId } });

describe('Limits on two replicas', () => {
  let replicas: [TestServer, TestServer];

  beforeAll(async () => {
    const first = await startServer({ env: ENV });
    replicas = [first, await startReplica(first, { env: ENV })];
  });

  const lookUp = (index: number, user: TestUser) =>
    call<ProblemJson>(replicas[index % 2]!, 'GET', `/v1/users/${user.identity.userId}/keys/newest`, {
      token: user.token,
    });

  it('limits of a loginId on two replicas are one limit for attempts one by one', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 14; index++) statuses.push((await challenge(replicas[index % 2]!, 'nobody')).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), ...Array<number>(4).fill(429)]);
  });

  it('limits of a loginId on two replicas are one limit for attempts at the same time', async () => {
    const requests = Array.from({ length: 100 }, (_, index) => challenge(replicas[index % 2]!, 'somebody'));
    expect(await countStatuses(requests)).toEqual({ 200: 10, 429: 90 });
  });

  it('limits of an account on two replicas are one budget, to the last attempt that lies in either of them', async () => {
    const alice = await registerUser(replicas[0]);
    const statuses: number[] = [];
    for (let index = 0; index < 60; index++) statuses.push((await lookUp(index, alice)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(40);
    const refused = await lookUp(0, alice);
    expect([refused.status, refused.body.code]).toEqual([429, 'request.rate-limited']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(86_400 / 40);
  });

  it('limits of an account on two replicas are one budget for requests at the same time, and nobody else’s', async () => {
    const [bob, carol] = [await registerUser(replicas[0]), await registerUser(replicas[1])];
    const first = await countStatuses(Array.from({ length: 200 }, (_, index) => lookUp(index, bob)));
    const then = await countStatuses([lookUp(0, bob), lookUp(1, bob)]);
    expect(first[200]! + (then[200] ?? 0)).toBe(40);
    expect(first[429]! + (then[429] ?? 0)).toBe(162);
    expect(await countStatuses([lookUp(0, carol), lookUp(1, carol)])).toEqual({ 200: 2 });
  });

  it('limits on two replicas count rotations that are refused, too', async () => {
    const dave = await registerUser(replicas[0]);
    const rotate = (server: TestServer) => call(server, 'POST', '/v1/keys', { token: dave.token, body: {} });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await rotate(replicas[index % 2]!)).status);
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });

  it('limits on two replicas leave no name and no address in the table', async () => {
    const rows = await replicas[0].sql<{ key: Buffer }>('SELECT key FROM rate_limits');
    expect(rows.length).toBeGreaterThan(0);
    for (const { key } of rows) expect(key).toHaveLength(16);
  });
});

describe('Limits and the life of the database', () => {
  const status = async (server: TestServer, loginId: string) => (await challenge(server, loginId)).status;

  it('limits last over a restart', async () => {
    const server = await startServer({ env: ENV });
    await countStatuses(Array.from({ length: 12 }, () => challenge(server, 'nobody')));
    await server.restart();
    expect(await status(server, 'nobody')).toBe(429);
  });

  it('limits are not lifted while the database is away, and begin anew after its crash', async () => {
    const server = await startProcess({ env: ENV, database: 'embedded' });
    await countStatuses(Array.from({ length: 10 }, () => challenge(server, 'nobody')));
    await killEmbeddedDatabase(server.dataDir);
    const seen = new Set<number>();
    await waitFor(async () => {
      seen.add(await status(server, 'somebody'));
      return seen.has(200);
    });
    expect([...seen].filter((each) => each !== 503 && each !== 200)).toEqual([]);
    await server.restart();
    const again = await countStatuses(Array.from({ length: 12 }, () => challenge(server, 'nobody')));
    expect(again).toEqual({ 200: 10, 429: 2 });
  });
});
