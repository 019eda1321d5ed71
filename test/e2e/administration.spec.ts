import { requireBase64Url, type RegisterJson } from '@sealpost/protocol';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  loginRequest,
  registerRequest,
  registerUser,
  startServer,
  waitFor,
} from '../support/index.js';
import type { TestServer } from '../support/index.js';
import { admin } from '../support/admin.js';
import { startReplica } from '../support/replica.js';

function vaultStatus(server: TestServer, token: string): Promise<number> {
  return call(server, 'GET', '/v1/vault', { token }).then(({ status }) => status);
}

describe("the administrator's command, beside a running server", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });

  it('disables an account, which ends its sessions and refuses its log-ins, until it is enabled again', async () => {
    const alice = await registerUser(server);
    expect(await vaultStatus(server, alice.token)).toBe(200);

    expect(await admin(server, 'disable', alice.loginId)).toEqual({
      code: 0,
      stdout: `${alice.loginId} is disabled.\n`,
      stderr: '',
    });
    await waitFor(async () => (await vaultStatus(server, alice.token)) === 401, { what: 'the session to end' });
    const { challenge } = await challengeFor(server, alice.loginId);
    await callForProblem(server, 'POST', '/v1/auth/login', { body: loginRequest(alice.identity, challenge) });

    expect((await admin(server, 'enable', alice.loginId)).code).toBe(0);
    const again = await logIn(server, alice.identity);
    expect(await vaultStatus(server, again.token)).toBe(200);
  });

  it('leaves the others alone', async () => {
    const alice = await registerUser(server);
    const bob = await registerUser(server);
    await admin(server, 'disable', alice.loginId);
    await waitFor(async () => (await vaultStatus(server, alice.token)) === 401);
    expect(await vaultStatus(server, bob.token)).toBe(200);
  });

  it('says when there is no such account', async () => {
    const { code, stdout, stderr } = await admin(server, 'disable', 'nobody@example.org');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^There is no .*\n$/)]);
  });

  it('explains itself when it is misunderstood', async () => {
    const { code, stderr } = await admin(server, 'destroy');
    expect([code, stderr]).toEqual([64, expect.stringContaining('Usage: npm run admin -- <command>')]);
  });

  it('refuses settings that the server would refuse', async () => {
    const env = { ...server.env, SEALPOST_REGISTRATON: 'open' };
    const { code, stderr } = await admin({ env }, 'migrate');
    expect([code, stderr]).toEqual([78, expect.stringContaining('SEALPOST_REGISTRATON is not a setting')]);
  });

  it('finds the database up to date', async () => {
    expect(await admin(server, 'migrate')).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
  });
});

describe('an invitation', () => {
  it('registers one account where registration is by invitation', async () => {
    const server = await startServer({ env: { SEALPOST_REGISTRATION: 'invitation' } });
    const { stdout } = await admin(server, 'invite', '--expires-in', '2h');
    const [invitation = '', explanation = ''] = stdout.split('\n');
    const expiry = Date.parse(/until (.*)\.$/.exec(explanation)?.[1] ?? '');
    expect(Math.abs(expiry - Date.now() - 7_200_000)).toBeLessThan(60_000);

    const uninvited = await registrationOf(server, {});
    expect(uninvited.status).toBe(403);
    expect((await registrationOf(server, { invitation })).status).toBe(201);
    expect((await registrationOf(server, { invitation })).status).toBe(403);
  });
});

describe('rotating the signing key', () => {
  it('keeps the tokens of the old key valid, and signs with the new one after a restart', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const { stdout, code } = await admin(server, 'rotate-signing-key');
    expect(code).toBe(0);
    const kid = /new signing key is (\S+)\. Restart/.exec(stdout)?.[1];
    expect(kidOf(alice.token)).not.toBe(kid);

    await server.restart();
    expect(await vaultStatus(server, alice.token)).toBe(200);
    const again = await logIn(server, alice.identity);
    expect(kidOf(again.token)).toBe(kid);
    const { keys } = await expectOk<{ keys: { kid: string }[] }>(server, 'GET', '/.well-known/jwks.json');
    expect(keys.map((key) => key.kid)).toEqual([kid, kidOf(alice.token)]);
  });
});

describe('rotating the signing key under several replicas', () => {
  it('lets those that run on accept the tokens of those that were restarted', async () => {
    const runsOn = await startServer();
    const alice = await registerUser(runsOn);
    expect((await admin(runsOn, 'rotate-signing-key')).code).toBe(0);
    const restarted = await startReplica(runsOn);
    const again = await logIn(restarted, alice.identity);
    expect(kidOf(again.token)).not.toBe(kidOf(alice.token));
    for (const server of [runsOn, restarted]) {
      expect(await vaultStatus(server, again.token)).toBe(200);
      expect(await vaultStatus(server, alice.token)).toBe(200);
    }
  });
});

async function registrationOf(server: TestServer, extra: { invitation?: string }) {
  const identity = buildIdentity({ serviceId: server.serviceId });
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = { ...registerRequest(identity, challenge), ...extra };
  return call<RegisterJson>(server, 'POST', '/v1/auth/register', { body });
}

function kidOf(token: string): string {
  const [header = ''] = token.split('.');
  return (JSON.parse(new TextDecoder().decode(requireBase64Url(header, 'header'))) as { kid: string }).kid;
}
