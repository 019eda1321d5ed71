import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountJson, KeyChainJson, LoginJson, UserJson, VaultJson } from '@sealpost/protocol';
import { refreshCode } from '../support/account-checks.js';
import { historyOf, openRecovery } from '../support/account-api.js';
import {
  boxMessage,
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  loginRequest,
  registerUser,
  rotateRequest,
  sharedServer,
} from '../support/index.js';
import type { TestIdentity, RunningServer, TestUser } from '../support/index.js';
import { rekey } from '../support/vault-key.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

async function loginAnswer(identity: TestIdentity): Promise<LoginJson & { readonly code?: string }> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = loginRequest(identity, challenge);
  return (await call<LoginJson & { code?: string }>(server, 'POST', '/v1/auth/login', { body })).body;
}

describe('a new vault key', () => {
  it('a new vault key lets in nobody who had the old one: password key, recovery key and every session count no more', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const { answer, changed } = await rekey(server, phone);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2 }]);
    expect((await loginAnswer(phone.identity)).code).toBe('auth.login-refused');
    expect((await openRecovery(server, phone.identity)).body.code).toBe('auth.recovery-refused');
    for (const session of [phone, laptop]) {
      expect(await refreshCode(server, session)).toBe('auth.session-ended');
      const problem = await callForProblem(server, 'GET', '/v1/vault', { token: session.token });
      expect(problem.code).toBe('auth.session-ended');
    }
    expect((await openRecovery(server, changed)).status).toBe(200);
    expect(await loginAnswer(changed)).toMatchObject({ credentialVersion: 2, keyVersion: 2, vaultVersion: 2 });
  });

  it('a new vault key comes with the next version of the keys, signed by the old one, and the vault that holds both', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const message = boxMessage('box', bob.identity, alice.identity, 'before');
    await expectOk(server, 'POST', '/v1/messages', { token: bob.token, body: message });
    const { changed } = await rekey(server, alice, { statement: { earlierKeysCompromised: true } });
    const { accessToken: token } = await loginAnswer(changed);
    const chain = await expectOk<KeyChainJson>(server, 'GET', `/v1/users/${alice.userId}/keys`, {
      token: bob.token,
    });
    expect(chain.items).toMatchObject([
      { version: 1, earlierKeysCompromised: false },
      { version: 2, earlierKeysCompromised: true, recovery: false },
    ]);
    const found = await expectOk<UserJson>(server, 'GET', `/v1/users?loginId=${alice.loginId}`, { token: bob.token });
    expect(found).toMatchObject({ userId: alice.userId, handleKeyVersion: 2 });
    const vault = await expectOk<VaultJson>(server, 'GET', '/v1/vault', { token });
    expect(vault).toMatchObject({ vaultVersion: 2, keyVersion: 2 });
    const inbox = await expectOk<{ items: { id: string }[] }>(server, 'GET', '/v1/messages', { token });
    expect(inbox.items.map(({ id }) => id)).toEqual([message.id]);
  });

  it('a new vault key is in the history, with the session that asked for it and the key version that it led to', async () => {
    const alice = await registerUser(server);
    const { changed } = await rekey(server, alice, { statement: { earlierKeysCompromised: true } });
    const { accessToken } = await loginAnswer(changed);
    const [, event] = await historyOf(server, accessToken);
    expect(event).toMatchObject({ kind: 'rekeyed', keyVersion: 2, detail: 'compromised' });
    expect(event?.sessionId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a new vault key works once for each version of the credentials and of the keys', async () => {
    const alice = await registerUser(server);
    const { changed } = await rekey(server, alice);
    const again = await logIn(server, changed);
    const stale = await rekey(server, { ...again, identity: changed });
    expect([stale.answer.status, stale.answer.body]).toMatchObject([
      409,
      { code: 'auth.credentials-changed', credentialVersion: 2 },
    ]);
    const { answer } = await rekey(server, { ...again, identity: changed }, { credentialVersion: 2 });
    expect(answer.status).toBe(200);
  });

  it('a new vault key of two devices at the same time: one wins, the other gets a 409', async () => {
    const alice = await registerUser(server);
    const attempts = await Promise.all([1, 2, 3].map(() => rekey(server, alice)));
    expect(attempts.map(({ answer }) => answer.status).filter((status) => status === 200)).toHaveLength(1);
    for (const { answer, changed } of attempts) {
      const code = (await loginAnswer(changed)).code ?? 'logged in';
      expect(code).toBe(answer.status === 200 ? 'logged in' : 'auth.login-refused');
      // A loser may also come so late that its session is over.
      expect(answer.status === 200 || [409, 401].includes(answer.status)).toBe(true);
    }
  });

  it('a new vault key that is built upon keys which another device has rotated is told the head', async () => {
    const alice = await registerUser(server);
    const { request } = rotateRequest(alice.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: alice.token, body: request });
    const { answer } = await rekey(server, alice);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { code: 'keys.version-conflict', head: { version: 2 }, vaultVersion: 2 },
    ]);
    const account = await expectOk<AccountJson>(server, 'GET', '/v1/account', { token: alice.token });
    expect(account.credentialVersion).toBe(1);
  });
});

describe('a refused new vault key', () => {
  async function expectRefused(user: TestUser, attempt: ReturnType<typeof rekey>, status: number, problem: object) {
    const { answer, changed } = await attempt;
    expect([answer.status, answer.body]).toMatchObject([status, problem]);
    expect((await loginAnswer(changed)).code).toBe('auth.login-refused');
    const { code, credentialVersion, keyVersion, vaultVersion } = await loginAnswer(user.identity);
    expect([code, credentialVersion, keyVersion, vaultVersion]).toEqual([undefined, 1, 1, 1]);
  }

  it('a new vault key is refused, and nothing changes, without the password, whoever holds an access token', async () => {
    const alice = await registerUser(server);
    const thief = { ...alice, identity: { ...alice.identity, authKey: buildIdentity().authKey } };
    await expectRefused(alice, rekey(server, thief), 403, { code: 'auth.proof-refused' });
    const mallory = await registerUser(server);
    await expectRefused(alice, rekey(server, { ...alice, token: mallory.token }), 422, {
      code: 'keys.statement-refused',
      reason: 'wrong-user',
    });
  });

  it('a new vault key is refused, and nothing changes, with the recovery key in the place of the password key', async () => {
    const alice = await registerUser(server);
    const finder = { ...alice, identity: { ...alice.identity, authKey: alice.identity.recoveryAuthKey } };
    await expectRefused(alice, rekey(server, finder), 403, { code: 'auth.proof-refused' });
  });

  it('a new vault key is refused, and nothing changes, with the recovery flag: the old signing key has to sign', async () => {
    const alice = await registerUser(server);
    await expectRefused(alice, rekey(server, alice, { statement: { recovery: true } }), 422, {
      code: 'keys.statement-refused',
      reason: 'recovery-not-allowed',
    });
  });

  it('a new vault key is refused, and nothing changes, with an auth key that is used for something else', async () => {
    const alice = await registerUser(server);
    const { authKey, recoveryAuthKey, generations } = alice.identity;
    const both = { code: 'auth.key-refused' };
    await expectRefused(alice, rekey(server, alice, { keys: { recoveryAuthKey } }), 422, both);
    await expectRefused(alice, rekey(server, alice, { keys: { recoveryAuthKey: authKey } }), 422, both);
    await expectRefused(alice, rekey(server, alice, { keys: { authKey: generations[0]!.signingKey } }), 422, both);
  });

  it.each([
    ['an unknown suite', { suite: 3 }, 422, { code: 'auth.suite-unknown' }],
    ['another vault version', { vaultVersion: 3 }, 409, { code: 'keys.vault-conflict', vaultVersion: 1 }],
    ['a vault in another format', { vault: 'A'.repeat(700) }, 422, { code: 'keys.vault-refused' }],
    ['a foreign handle signature', { handleSignature: 'A'.repeat(86) }, 403, { code: 'auth.proof-refused' }],
    ['a foreign own signature', { recoveryAuthKeySignature: 'A'.repeat(86) }, 403, { code: 'auth.proof-refused' }],
    ['a version that was not signed', { credentialVersion: 2 }, 409, { code: 'auth.credentials-changed' }],
    ['a null', { escrow: null as never }, 400, { code: 'request.invalid', errors: [{ pointer: '/escrow' }] }],
    ['an escrow that nobody offers', { escrow: anyEscrow() }, 422, { code: 'auth.escrow-refused' }],
    ['half an escrow', { escrow: { unlock: anyEscrow().unlock } as never }, 400, { code: 'request.invalid' }],
  ])('a new vault key is refused, and nothing changes, with %s', async (_what, change, status, problem) => {
    const alice = await registerUser(server);
    await expectRefused(alice, rekey(server, alice, { change }), status, problem);
  });

  it('a new vault key is refused, and nothing changes, without a session', async () => {
    expect((await call(server, 'POST', '/v1/account/vault-key', { body: {} })).status).toBe(401);
  });
});

function anyEscrow() {
  const unlock = Buffer.from([1, ...new Uint8Array(1168)]).toString('base64url');
  return { fingerprint: 'A'.repeat(43), unlock };
}
