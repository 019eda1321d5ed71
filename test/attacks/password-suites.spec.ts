import { beforeAll, describe, expect, it } from '@jest/globals';
import { changePassword } from '../support/account-api.js';
import { buildIdentity, challengeFor, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';

const STRANGERS = Array.from({ length: 40 }, () => buildIdentity().loginId);
let server: TestServer;
let alice: TestUser;

beforeAll(async () => {
  server = await startServer({ env: { SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '10000/60' } });
});

async function suitesOf(loginIds: readonly string[]): Promise<number[]> {
  const suites = [];
  for (const loginId of loginIds) suites.push((await challengeFor(server, loginId)).suite);
  return suites;
}

/** In the order in which they happen. */
describe('the password suite of a loginId', () => {
  it('the password suite that is named for a loginId is the default, where there is no account', async () => {
    expect(new Set(await suitesOf(STRANGERS))).toEqual(new Set([1]));
    alice = await registerUser(server);
  });

  it('the password suite that is named for a loginId does not tell who has an account, once the default has become another one', async () => {
    await server.restart({ SEALPOST_PASSWORD_SUITE: '2' });
    const [known] = await suitesOf([alice.loginId]);
    expect(known).toBe(1);
    expect(new Set(await suitesOf(STRANGERS))).toEqual(new Set([1]));
  });

  it('the password suite that is named for a loginId is any of those that accounts have, always the same for one loginId', async () => {
    const bob = await registerUser(server, { suite: 2 });
    expect(await suitesOf([alice.loginId, bob.loginId])).toEqual([1, 2]);
    const suites = await suitesOf(STRANGERS);
    expect(new Set(suites)).toEqual(new Set([1, 2]));
    expect(await suitesOf(STRANGERS)).toEqual(suites);
    await server.restart({ SEALPOST_PASSWORD_SUITE: '1' });
    expect(await suitesOf(STRANGERS)).toEqual(suites);
    // The account itself goes on with its own, whatever its loginId would have got.
    await changePassword(server, alice);
    expect(await suitesOf([alice.loginId])).toEqual([1]);
  });
});
