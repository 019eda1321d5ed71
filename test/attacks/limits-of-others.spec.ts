import { beforeAll, describe, expect, it } from '@jest/globals';
import { changePassword, eraseAccount, openRecovery, replaceRecoveryKey } from '../support/account-api.js';
import { buildIdentity, call, expectOk, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset, resetKeys } from '../support/resets.js';
import { newPerson } from '../support/sdk.js';
import { rekey } from '../support/vault-key.js';

/** Nothing of it is there again before a test is over. */
const FEW = '6/86400';
const WRONG_TOKEN = 'A'.repeat(43);

describe('the limit of changes', () => {
  it('is the caller’s: nobody uses up somebody else’s by naming their loginId', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_LOGIN_PER_ACCOUNT: FEW } });
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    const inAlicesName: TestUser = {
      ...mallory,
      identity: { ...buildIdentity({ serviceId: server.serviceId }), loginId: alice.loginId },
    };
    const statuses = [];
    for (let round = 0; round < 7; round++) {
      statuses.push((await replaceRecoveryKey(server, inAlicesName)).answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
    expect((await changePassword(server, alice)).answer.status).toBe(200);
    expect((await changePassword(server, mallory)).answer.status).toBe(429);
  });
});

describe('the limit of challenges', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: FEW } });
  });

  const ask = async (loginId: string, token?: string): Promise<number> => {
    const as = token === undefined ? {} : { token };
    return (await call(server, 'POST', '/v1/auth/challenge', { body: { loginId }, ...as })).status;
  };

  async function useUp(loginId: string): Promise<void> {
    let status = 200;
    for (let asked = 0; status === 200 && asked < 10; asked++) status = await ask(loginId);
    expect(status).toBe(429);
  }

  it('is another one for the owner who is signed in, and that one has an end too', async () => {
    const alice = await registerUser(server);
    await useUp(alice.loginId);
    const statuses = [];
    for (let asked = 0; asked < 7; asked++) statuses.push(await ask(alice.loginId, alice.token));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  it('is nobody else’s: a token of another account, of an ended session or of nobody is none', async () => {
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    await useUp(alice.loginId);
    for (const token of [mallory.token, `${alice.token}x`, 'none']) expect(await ask(alice.loginId, token)).toBe(429);
    await expectOk(server, 'POST', '/v1/auth/logout', { token: alice.token });
    expect(await ask(alice.loginId, alice.token)).toBe(429);
    // And what somebody else's loginId is asked for with a token is answered as it is to a stranger.
    const bob = await registerUser(server);
    const answers = [];
    for (const token of [undefined, mallory.token, 'none']) {
      const as = token === undefined ? {} : { token };
      const { body, status } = await call<{ salt: string }>(server, 'POST', '/v1/auth/challenge', {
        body: { loginId: bob.loginId },
        ...as,
      });
      answers.push([status, body.salt]);
    }
    expect(new Set(answers.map(String)).size).toBe(1);
    expect(answers[0]![0]).toBe(200);
  });

  it('keeps no signed-in owner from a new vault key, and from the end of the account', async () => {
    const alice = await newPerson(server, 'alice');
    const bob = await newPerson(server, 'bob');
    for (const { client } of [alice, bob]) await useUp(client.loginId);
    await alice.client.account.rekey({ password: alice.password });
    await bob.client.account.erase({ password: bob.password });
    expect(await server.sql('SELECT 1 FROM accounts WHERE user_id = $1', [bob.client.userId])).toEqual([]);
  });
});

describe('the limit of recoveries', () => {
  it('is not used up by claims that do not count, nor is that of claims that do', async () => {
    const mail = await MailServer.start();
    const server = await startServer({ env: { ...mail.settings(), SEALPOST_RATE_LOGIN_PER_ACCOUNT: FEW } });
    const alice = await registerUser(server);
    const stranger = { ...buildIdentity({ serviceId: server.serviceId }), loginId: alice.loginId };
    for (let round = 0; round < 8; round++) {
      expect((await openReset(server, alice.loginId, WRONG_TOKEN)).body.code).toBe('auth.claim-refused');
      expect((await resetKeys(server, stranger, WRONG_TOKEN)).answer.body.code).toBe('auth.claim-refused');
    }
    expect((await openRecovery(server, alice.identity)).status).toBe(200);
    await claimReset(server, alice.loginId);
    const token = await mail.tokenFor(alice.loginId);
    const statuses = [];
    for (let round = 0; round < 7; round++) statuses.push((await openReset(server, alice.loginId, token)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });
});

describe('whoever is locked out of log-ins by others', () => {
  it('still changes and erases with a session', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_LOGIN_PER_ACCOUNT: FEW } });
    const alice = await registerUser(server);
    const guess = { ...alice.identity, authKey: buildIdentity().authKey };
    const inAlicesName = { ...(await registerUser(server)), identity: guess };
    for (let round = 0; round < 7; round++) await rekey(server, inAlicesName);
    expect((await eraseAccount(server, alice)).status).toBe(204);
  });
});
