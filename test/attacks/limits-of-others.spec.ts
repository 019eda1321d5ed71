import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import type { TokensJson } from '@sealpost/protocol';
import { changePassword, eraseAccount, openRecovery, replaceRecoveryKey } from '../support/account-api.js';
import { buildIdentity, call, expectOk, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { deviceRequest } from '../support/device-api.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset, resetKeys } from '../support/resets.js';
import { newDevice, newPerson, writtenDown } from '../support/sdk.js';
import { forgeChallenge, readSecrets } from '../support/server-secrets.js';
import type { SecretsFile } from '../support/server-secrets.js';
import { rekey } from '../support/vault-key.js';

/** Nothing of it is there again before a test is over. */
const FEW = '6/86400';
const WRONG_TOKEN = 'A'.repeat(43);

describe('the limit of changes', () => {
  it('the limit of changes is the caller’s: nobody uses up somebody else’s by naming their loginId', async () => {
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
    expect(statuses).toEqual([403, 403, 403, 403, 403, 403, 429]);
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

  it('the limit of challenges is another one for the owner who is signed in, and that one has an end too', async () => {
    const alice = await registerUser(server);
    await useUp(alice.loginId);
    const statuses = [];
    for (let asked = 0; asked < 7; asked++) statuses.push(await ask(alice.loginId, alice.token));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  });

  it('the limit of challenges is nobody else’s: a token of another account, of an ended session or of nobody is none', async () => {
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

  it('the limit of challenges keeps no signed-in owner from a new vault key, and from the end of the account', async () => {
    const alice = await newPerson(server, 'alice');
    const bob = await newPerson(server, 'bob');
    for (const { client } of [alice, bob]) await useUp(client.loginId);
    await alice.client.account.rekey({ show: writtenDown, password: alice.password });
    await bob.client.account.erase({ password: bob.password });
    expect(await server.sql('SELECT 1 FROM accounts WHERE user_id = $1', [bob.client.userId])).toEqual([]);
  });
});

describe('the limit of recoveries', () => {
  it('the limit of recoveries is not used up by claims that do not count, nor is that of claims that do', async () => {
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

describe('a locked log-in', () => {
  it('whoever is locked out of log-ins by others still changes and erases with a session', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_LOGIN_PER_ACCOUNT: FEW } });
    const alice = await registerUser(server);
    const guess = { ...alice.identity, authKey: buildIdentity().authKey };
    const inAlicesName = { ...(await registerUser(server)), identity: guess };
    for (let round = 0; round < 7; round++) await rekey(server, inAlicesName);
    expect((await eraseAccount(server, alice)).status).toBe(204);
  });
});

describe('a device that has had a session', () => {
  let server: TestServer;

  beforeAll(async () => {
    const env = { SEALPOST_RATE_LOGIN_PER_ACCOUNT: FEW, SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: FEW };
    server = await startServer({ env });
  });

  const post = async (path: string, body: unknown, device?: string): Promise<number> => {
    const headers = device === undefined ? {} : { 'sealpost-device': device };
    return (await call(server, 'POST', path, { body, headers })).status;
  };
  const challenge = (loginId: string, device?: string) => post('/v1/auth/challenge', { loginId }, device);
  const guess = ({ identity }: Pick<TestUser, 'identity'>, device?: string) => {
    const noSignature = 'A'.repeat(86);
    const { loginId } = identity;
    const secrets = {
      challenge: forgeChallenge(ofServer, loginId, Math.floor(Date.now() / 1000)),
      signature: noSignature,
    };
    return post('/v1/auth/login', { loginId, ...secrets }, device);
  };
  let ofServer: SecretsFile;

  async function useUp(attempt: () => Promise<number>): Promise<void> {
    let status = 0;
    for (let tried = 0; status !== 429 && tried < 10; tried++) status = await attempt();
    expect(status).toBe(429);
  }

  it('a device that has had a session logs in again however often strangers have tried, and a new one does not', async () => {
    ofServer = await readSecrets(server);
    const alice = await newPerson(server, 'alice');
    await alice.client.logout();
    const identity = { ...buildIdentity({ serviceId: server.serviceId }), loginId: alice.loginId };
    await useUp(() => challenge(alice.loginId));
    await useUp(() => guess({ identity }));
    await expect(newDevice(server, alice)).rejects.toMatchObject({ code: 'request.rate-limited' });
    const again = await newDevice(server, alice, { storage: alice.storage.reopen() });
    expect(again.loginId).toBe(alice.loginId);
  });

  it('a device that has had a session is nobody else’s, and has a limit of its own', async () => {
    ofServer = await readSecrets(server);
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    await useUp(() => challenge(alice.loginId));
    await useUp(() => guess(alice));
    const changed = `${alice.deviceToken.startsWith('A') ? 'B' : 'A'}${alice.deviceToken.slice(1)}`;
    for (const device of [undefined, mallory.deviceToken, changed, 'AAAA', '!']) {
      expect([await challenge(alice.loginId, device), await guess(alice, device)]).toEqual([429, 429]);
    }
    const statuses = [];
    for (let tried = 0; tried < 7; tried++) statuses.push(await guess(alice, alice.deviceToken));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
    expect(await challenge(alice.loginId, alice.deviceToken)).toBe(200);
    // A later token of the same session is of the same device.
    const { refreshToken } = alice;
    const renewed = await expectOk<TokensJson>(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
    expect(await guess(alice, renewed.deviceToken)).toBe(429);
  });
});

describe('requests in somebody’s name', () => {
  /** Each address one attempt per loginId, and all together ten. */
  const ONE = '1/86400';
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({
      env: {
        SEALPOST_RATE_DEVICE_PER_ACCOUNT: ONE,
        SEALPOST_RATE_RESET_PER_ACCOUNT: ONE,
        SEALPOST_RESET: 'approval',
        SEALPOST_TRUSTED_PROXIES: '127.0.0.1,::1',
      },
    });
  });

  const ASKED = {
    device: { path: '/v1/auth/device-requests', done: 201, bodyOf: deviceRequest },
    reset: { path: '/v1/auth/reset/claim', done: 202, bodyOf: (loginId: string) => ({ loginId }) },
  };

  const ask = async (what: 'device' | 'reset', loginId: string, from: string, device?: string): Promise<number> => {
    const { path, bodyOf } = ASKED[what];
    const known = device === undefined ? {} : { 'sealpost-device': device };
    const headers = { 'x-forwarded-for': from, ...known };
    return (await call(server, 'POST', path, { body: bodyOf(loginId), headers })).status;
  };

  it.each(['device', 'reset'] as const)(
    'what strangers may ask for in somebody’s name is counted for their address, with much room for all: %s',
    async (what) => {
      const { done } = ASKED[what];
      const [alice, mallory] = [await registerUser(server), await registerUser(server)];
      const { loginId } = alice;
      const statuses = [];
      for (let round = 0; round < 12; round++) statuses.push(await ask(what, loginId, '192.0.2.1'));
      expect(statuses).toEqual([done, ...Array.from({ length: 11 }, () => 429)]);
      // Alice's new device is at another address; nor does a stranger meet a limit of somebody else's.
      expect(await ask(what, loginId, '192.0.2.2')).toBe(done);
      expect(await ask(what, mallory.loginId, '192.0.2.1')).toBe(done);

      const others = [];
      for (let host = 3; host <= 11; host++) others.push(await ask(what, loginId, `192.0.2.${host}`));
      expect(others).toEqual([...Array.from({ length: 8 }, () => done), 429]);
      // Many strangers together do it, but not to a device that has had a session.
      expect(await ask(what, loginId, '192.0.2.1', mallory.deviceToken)).toBe(429);
      expect(await ask(what, loginId, '192.0.2.1', alice.deviceToken)).toBe(done);
      expect(await ask(what, loginId, '192.0.2.12', alice.deviceToken)).toBe(429);
    },
  );

  it('what strangers may ask for in somebody’s name is asked for by the SDK as the device that it is', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.logout();
    const storage = alice.storage.reopen();
    const { loginId } = alice;
    // This machine's own address has used up what it had.
    expect(await ask('reset', loginId, '127.0.0.1')).toBe(202);
    expect(await ask('reset', loginId, '127.0.0.1')).toBe(429);
    const service = { url: server.url, serviceId: server.serviceId };
    expect(await Sealpost.requestReset({ service, storage, loginId })).toMatchObject({ proofs: ['approval'] });
  });
});
