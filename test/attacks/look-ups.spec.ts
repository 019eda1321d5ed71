import type { ProblemJson } from '@sealpost/protocol';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, call, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';

/** Nothing of it is there again before a test is over. */
const FEW = 5;

describe('Probing for loginIds', () => {
  let server: TestServer;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startServer({ env: { SEALPOST_RATE_LOOKUP_MISS_PER_ACCOUNT: `${FEW}/86400` } });
    bob = await registerUser(server);
  });

  const lookUp = (by: TestUser, loginId: string): Promise<Answer<ProblemJson>> =>
    call<ProblemJson>(server, 'GET', `/v1/users?loginId=${encodeURIComponent(loginId)}`, { token: by.token });

  async function statuses(by: TestUser, loginIds: readonly string[]): Promise<number[]> {
    const found = [];
    for (const loginId of loginIds) found.push((await lookUp(by, loginId)).status);
    return found;
  }

  const guesses = (count: number): string[] => Array.from({ length: count }, (_none, index) => `guess-${index}`);

  it('somebody who tries out which loginIds exist gets few answers, then a 429 that says when to come back, and does not tell who exists', async () => {
    const mallory = await registerUser(server);
    expect(await statuses(mallory, guesses(FEW))).toEqual(guesses(FEW).map(() => 404));
    const [unknown, known] = [await lookUp(mallory, 'guess-x'), await lookUp(mallory, bob.loginId)];
    for (const refused of [unknown, known]) {
      expect([refused.status, refused.body.code]).toEqual([429, 'request.rate-limited']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_400 / FEW - 3600);
    }
    expect(known.body.detail.replace(/\d+/u, '')).toBe(unknown.body.detail.replace(/\d+/u, ''));
  });

  it('somebody who tries out which loginIds exist gets no more by asking all at once', async () => {
    const mallory = await registerUser(server);
    const names = guesses(3 * FEW).flatMap((name) => [name, bob.loginId]);
    const answers = await Promise.all(names.map((name) => lookUp(mallory, name)));
    const misses = answers.filter(({ status }) => status === 404);
    expect(misses).toHaveLength(FEW);
    // After the last one that was allowed nothing is told of anybody, whichever came in between.
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(FEW);
    expect((await lookUp(mallory, bob.loginId)).status).toBe(429);
  });

  it('somebody who tries out which loginIds exist takes nothing from others, nor from look-ups by id', async () => {
    const mallory = await registerUser(server);
    await statuses(mallory, guesses(FEW + 1));
    const keys = await call(server, 'GET', `/v1/users/${bob.userId}/keys/newest`, { token: mallory.token });
    expect(keys.status).toBe(200);
    expect((await lookUp(bob, mallory.loginId)).status).toBe(200);
  });

  it('somebody who tries out which loginIds exist is told apart from somebody who looks up people that exist, as many as they like', async () => {
    const carol = await registerUser(server);
    const existing = Array.from({ length: 4 * FEW }, () => bob.loginId);
    expect(new Set(await statuses(carol, existing))).toEqual(new Set([200]));
    expect(await statuses(carol, [...guesses(FEW - 1), bob.loginId, 'guess-y', 'guess-z'])).toEqual([
      ...guesses(FEW - 1).map(() => 404),
      200,
      404,
      429,
    ]);
    const atOnce = await Promise.all(existing.map((loginId) => lookUp(bob, loginId)));
    expect(new Set(atOnce.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
