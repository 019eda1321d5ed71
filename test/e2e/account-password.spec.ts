import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LoginJson, UserJson } from '@sealpost/protocol';
import { accountOf, loginCode, refreshCode } from '../support/account-checks.js';
import { changePassword } from '../support/account-api.js';
import {
  boxMessage,
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  loginRequest,
  registerRequest,
  registerUser,
  rotateRequest,
  sharedServer,
} from '../support/index.js';
import type { RunningServer } from '../support/index.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

describe('a change of the password', () => {
  it('a change of the password lets the new one in and the old one no more; this session goes on, all others end', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const { answer, changed } = await changePassword(server, phone);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2 }]);
    expect(await loginCode(server, phone.identity)).toBe('auth.login-refused');
    expect(await loginCode(server, changed)).toBe('logged in');
    expect(await refreshCode(server, laptop)).toBe('auth.session-ended');
    const problem = await callForProblem(server, 'GET', '/v1/account/sessions', { token: laptop.token });
    expect(problem.code).toBe('auth.session-ended');
    expect(await refreshCode(server, phone)).toBe('refreshed');
    expect(await accountOf(server, phone)).toMatchObject({ loginId: phone.loginId, credentialVersion: 2 });
  });

  it('a change of the password leaves keys, vault and messages as they are, and gives the new unlock back at the log-in', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const message = boxMessage('box', bob.identity, alice.identity, 'before');
    await expectOk(server, 'POST', '/v1/messages', { token: bob.token, body: message });
    const vault = await expectOk(server, 'GET', '/v1/vault', { token: alice.token });
    const keys = await expectOk(server, 'GET', `/v1/users/${alice.userId}/keys/newest`, { token: bob.token });
    const { changed } = await changePassword(server, alice);
    expect(await expectOk(server, 'GET', '/v1/vault', { token: alice.token })).toEqual(vault);
    expect(await expectOk(server, 'GET', `/v1/users/${alice.userId}/keys/newest`, { token: bob.token })).toEqual(keys);
    const { challenge } = await challengeFor(server, changed.loginId);
    const body = loginRequest(changed, challenge);
    const login = await expectOk<LoginJson>(server, 'POST', '/v1/auth/login', { body });
    expect(login).toMatchObject({ ...(vault as object), credentialVersion: 2 });
    const inbox = await expectOk<{ items: { id: string }[] }>(server, 'GET', '/v1/messages', {
      token: login.accessToken,
    });
    expect(inbox.items.map(({ id }) => id)).toEqual([message.id]);
  });

  it('a change of the password builds upon the credentials that it names: a stale one is told the present version', async () => {
    const alice = await registerUser(server);
    const { changed } = await changePassword(server, alice);
    const again = { ...alice, identity: changed };
    const stale = await changePassword(server, again, { credentialVersion: 1 });
    expect([stale.answer.status, stale.answer.body]).toMatchObject([
      409,
      { code: 'auth.credentials-changed', credentialVersion: 2, errors: [{ pointer: '/credentialVersion' }] },
    ]);
    expect((await changePassword(server, again, { credentialVersion: 2 })).answer.status).toBe(200);
  });

  it('a change of the password at the same time as another: one wins, the other gets a 409', async () => {
    for (let round = 0; round < 5; round++) {
      const alice = await registerUser(server);
      const attempts = await Promise.all([1, 2, 3].map(() => changePassword(server, alice)));
      const statuses = attempts.map(({ answer }) => answer.status).sort();
      expect(statuses).toEqual([200, 409, 409]);
      const codes = await Promise.all(attempts.map(({ changed }) => loginCode(server, changed)));
      expect(codes).toEqual(attempts.map(({ answer }) => (answer.status === 200 ? 'logged in' : 'auth.login-refused')));
    }
  });

  it('a change of the password needs the present password, whoever holds an access token', async () => {
    const alice = await registerUser(server);
    const thief = { ...alice, identity: { ...alice.identity, authKey: buildIdentity().authKey } };
    const { answer } = await changePassword(server, thief);
    expect([answer.status, answer.body]).toMatchObject([403, { code: 'auth.proof-refused' }]);
    expect(await loginCode(server, alice.identity)).toBe('logged in');
    expect((await call(server, 'POST', '/v1/account/password', { body: {} })).status).toBe(401);
  });

  it('a change of the password is for the account of the session only', async () => {
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    const { answer } = await changePassword(server, { ...alice, token: mallory.token });
    expect([answer.status, answer.body]).toMatchObject([403, { code: 'auth.proof-refused' }]);
  });

  it('a change of the password takes no key that the account has for something else', async () => {
    const alice = await registerUser(server);
    const answers = [];
    for (const authKey of [
      alice.identity.authKey,
      alice.identity.recoveryAuthKey,
      alice.identity.generations[0]!.signingKey,
    ]) {
      answers.push(await changePassword(server, alice, { authKey }));
    }
    for (const { answer } of answers) {
      expect([answer.status, answer.body]).toMatchObject([
        422,
        { code: 'auth.key-refused', errors: [{ pointer: '/authPublicKey' }] },
      ]);
    }
  });

  it.each([
    ['an unknown suite', { suite: 3 }, 422, 'auth.suite-unknown'],
    ['a signature without a loginId', { handleSignature: 'A'.repeat(86) }, 400, 'request.invalid'],
    ['a loginId without a signature', { newLoginId: 'another@example.org' }, 400, 'request.invalid'],
    ['another salt than was signed', { salt: 'A'.repeat(43) }, 403, 'auth.proof-refused'],
    ['a foreign own signature', { authKeySignature: 'A'.repeat(86) }, 403, 'auth.proof-refused'],
    ['no version', { credentialVersion: 0 }, 400, 'request.invalid'],
    ['a null', { newLoginId: null as never }, 400, 'request.invalid'],
  ])('a change of the password is refused with %s', async (_what, change, status, code) => {
    const { answer } = await changePassword(server, await registerUser(server), { change });
    expect([answer.status, answer.body]).toMatchObject([status, { code }]);
  });
});

describe('a change of the loginId', () => {
  const freshLoginId = (): string => buildIdentity().loginId;

  it('a change of the loginId moves the account: it logs in and is found under the new one only', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const { answer, changed } = await changePassword(server, alice, { newLoginId: freshLoginId() });
    expect(answer.status).toBe(200);
    const find = (loginId: string) =>
      call<UserJson & { code: string }>(server, 'GET', `/v1/users?loginId=${loginId}`, { token: bob.token });
    expect((await find(alice.loginId)).body.code).toBe('keys.user-not-found');
    const found = (await find(changed.loginId)).body;
    expect(found).toMatchObject({ userId: alice.userId, loginId: changed.loginId, handleKeyVersion: 1 });
    expect(await loginCode(server, { ...changed, loginId: alice.loginId })).toBe('auth.login-refused');
    expect(await loginCode(server, changed)).toBe('logged in');
    expect((await accountOf(server, alice)).loginId).toBe(changed.loginId);
  });

  it('a change of the loginId is signed by the newest key', async () => {
    const alice = await registerUser(server);
    const { request, rotated } = rotateRequest(alice.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: alice.token, body: request });
    const newLoginId = freshLoginId();
    const old = await changePassword(server, alice, { newLoginId });
    expect([old.answer.status, old.answer.body]).toMatchObject([422, { code: 'keys.handle-refused' }]);
    const { answer } = await changePassword(server, { ...alice, identity: rotated }, { newLoginId });
    expect(answer.status).toBe(200);
  });

  it('a change of the loginId frees the old one for others, and is refused where somebody has the new one', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const taken = await changePassword(server, alice, { newLoginId: bob.loginId });
    expect([taken.answer.status, taken.answer.body]).toMatchObject([
      409,
      { code: 'auth.login-id-taken', errors: [{ pointer: '/newLoginId' }] },
    ]);
    expect(await accountOf(server, alice)).toMatchObject({ loginId: alice.loginId, credentialVersion: 1 });
    expect(await loginCode(server, alice.identity)).toBe('logged in');
    await changePassword(server, alice, { newLoginId: freshLoginId() });
    const heir = buildIdentity({ serviceId: server.serviceId, loginId: alice.loginId });
    const { challenge } = await challengeFor(server, heir.loginId);
    await expectOk(server, 'POST', '/v1/auth/register', { body: registerRequest(heir, challenge) });
  });

  it('a change of the loginId to one that two want: exactly one gets it', async () => {
    const newLoginId = freshLoginId();
    const users = await Promise.all([1, 2, 3, 4].map(() => registerUser(server)));
    const attempts = await Promise.all(users.map((user) => changePassword(server, user, { newLoginId })));
    expect(attempts.map(({ answer }) => answer.status).sort()).toEqual([200, 409, 409, 409]);
    const loginIds = await Promise.all(users.map(async (user) => (await accountOf(server, user)).loginId));
    expect(loginIds.filter((loginId) => loginId === newLoginId)).toHaveLength(1);
  });

  it('a change of the loginId names another one than the present', async () => {
    const alice = await registerUser(server);
    const { answer } = await changePassword(server, alice, { newLoginId: alice.loginId });
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { code: 'request.invalid', errors: [{ pointer: '/newLoginId' }] },
    ]);
  });
});
