import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, tag } from '@sealpost/protocol';
import type { RegisterJson } from '@sealpost/protocol';
import {
  buildIdentity,
  call,
  challengeFor,
  logIn,
  registerRequest,
  registerUser,
  sha256,
  startServer,
  waitFor,
} from '../support/index.js';
import type { TestIdentity, TestServer } from '../support/index.js';
import { admin } from '../support/admin.js';

/** An invitation as the administrator's command leaves it, in less time. */
async function invite(server: TestServer, expiresIn = '1 hour'): Promise<string> {
  const code = new Uint8Array(randomBytes(24));
  const hash = Buffer.from(sha256(tag('invitation/v1'), code));
  await server.sql('INSERT INTO invitations VALUES ($1, now(), now() + $2::interval)', [hash, expiresIn]);
  return encodeBase64Url(code);
}

async function attempt(server: TestServer, identity: TestIdentity, invitation?: string) {
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = { ...registerRequest(identity, challenge), ...(invitation === undefined ? {} : { invitation }) };
  return call<RegisterJson & { code: string }>(server, 'POST', '/v1/auth/register', { body });
}

describe('a service that is open by invitation', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { SEALPOST_REGISTRATION: 'invitation' } });
  });
  const newcomer = (loginId?: string): TestIdentity =>
    buildIdentity({ serviceId: server.serviceId, ...(loginId === undefined ? {} : { loginId }) });

  it('a service that is open by invitation lets one newcomer in per invitation, and nobody without', async () => {
    const [code = ''] = (await admin(server, 'invite')).stdout.split('\n');
    const [alice, bob, carol] = [newcomer(), newcomer(), newcomer()];
    expect((await attempt(server, alice)).body).toMatchObject({ status: 403, code: 'auth.invitation-refused' });
    expect((await attempt(server, alice, code)).status).toBe(201);
    expect((await attempt(server, bob, code)).body).toMatchObject({ status: 403, code: 'auth.invitation-refused' });
    expect((await attempt(server, carol, 'A'.repeat(32))).body).toMatchObject({ code: 'auth.invitation-refused' });
    // The database never held the code itself.
    const [stored] = await server.sql<{ code_hash: Buffer; used_by: string }>('SELECT * FROM invitations');
    expect(stored!.code_hash.toString('base64url')).not.toContain(code);
    expect(stored!.used_by).toBe(alice.userId);
  });

  it('a service that is open by invitation lets exactly one of two in who come at the same time', async () => {
    const code = await invite(server);
    const answers = await Promise.all([attempt(server, newcomer(), code), attempt(server, newcomer(), code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403]);
  });

  it('a service that is open by invitation does not use an invitation up by a registration that fails', async () => {
    const code = await invite(server);
    const alice = newcomer();
    expect((await attempt(server, alice, await invite(server))).status).toBe(201);
    expect((await attempt(server, newcomer(alice.loginId), code)).body).toMatchObject({ code: 'auth.login-id-taken' });
    expect((await attempt(server, newcomer(), code)).status).toBe(201);
  });

  it('a service that is open by invitation refuses one that has expired', async () => {
    const code = await invite(server, '-1 second');
    expect((await attempt(server, newcomer(), code)).body).toMatchObject({ code: 'auth.invitation-refused' });
  });

  it('a service that is open by invitation tells the uninvited nothing about who is there', async () => {
    const alice = newcomer();
    await attempt(server, alice, await invite(server));
    const [taken, free] = [await attempt(server, newcomer(alice.loginId)), await attempt(server, newcomer())];
    expect({ ...taken.body, instance: '' }).toEqual({ ...free.body, instance: '' });
  });
});

describe('a service that is closed', () => {
  it('a service that is closed refuses every registration alike and still lets its users in', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    await server.restart({ SEALPOST_REGISTRATION: 'closed' });
    for (const loginId of [alice.loginId, 'somebody-new@example.org']) {
      const identity = buildIdentity({ serviceId: server.serviceId, loginId });
      expect((await attempt(server, identity)).body).toMatchObject({ status: 403, code: 'auth.registration-closed' });
    }
    expect((await logIn(server, alice.identity)).userId).toBe(alice.userId);
  });
});

describe('an administrator', () => {
  it('an administrator disables an account: its sessions end within seconds and it cannot log in until it is enabled', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const sessions = () => call<{ code: string }>(server, 'GET', '/v1/account/sessions', { token: alice.token });
    expect((await sessions()).status).toBe(200);

    expect((await admin(server, 'disable', alice.loginId)).code).toBe(0);
    await waitFor(async () => (await sessions()).status !== 200, { what: 'the end of the session', timeoutMs: 10_000 });
    expect((await sessions()).body).toMatchObject({ status: 401, code: 'auth.session-ended' });
    await expect(logIn(server, alice.identity)).rejects.toThrow('auth.account-disabled');
    const refresh = { body: { refreshToken: alice.refreshToken } };
    expect((await call(server, 'POST', '/v1/auth/refresh', refresh)).body).toMatchObject({
      code: 'auth.session-ended',
    });

    expect((await admin(server, 'enable', alice.loginId)).code).toBe(0);
    expect((await logIn(server, alice.identity)).userId).toBe(alice.userId);
    expect((await sessions()).status).toBe(401);
  }, 120_000);
});
