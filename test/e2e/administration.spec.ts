import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { admin, adminProcess } from '../support/admin.js';
import { startReplica } from '../support/replica.js';
import { accessTokenBy, readSecrets } from '../support/server-secrets.js';

function vaultStatus(server: TestServer, token: string): Promise<number> {
  return call(server, 'GET', '/v1/vault', { token }).then(({ status }) => status);
}

describe("the administrator's command", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });

  it("the administrator's command disables an account, which ends its sessions and refuses its log-ins, until it is enabled again", async () => {
    const alice = await registerUser(server);
    expect(await vaultStatus(server, alice.token)).toBe(200);

    expect(await adminProcess(server, 'disable', alice.loginId)).toEqual({
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

  it("the administrator's command leaves the others alone", async () => {
    const alice = await registerUser(server);
    const bob = await registerUser(server);
    await admin(server, 'disable', alice.loginId);
    await waitFor(async () => (await vaultStatus(server, alice.token)) === 401);
    expect(await vaultStatus(server, bob.token)).toBe(200);
  });

  it("the administrator's command says when there is no such account", async () => {
    const { code, stdout, stderr } = await admin(server, 'disable', 'nobody@example.org');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^sealpost-server: There is no .*\n$/)]);
  });

  it("the administrator's command explains itself when it is misunderstood", async () => {
    const { code, stderr } = await adminProcess(server, 'destroy');
    expect([code, stderr]).toEqual([64, expect.stringContaining('see sealpost-server --help')]);
  });

  it("the administrator's command refuses settings that the server would refuse", async () => {
    const env = { ...server.env, SEALPOST_REGISTRATON: 'open' };
    const { code, stderr } = await adminProcess({ env }, 'migrate');
    expect([code, stderr]).toEqual([78, expect.stringContaining('SEALPOST_REGISTRATON is not a setting')]);
  });

  it("the administrator's command starts the server, and so refuses what the server refuses", async () => {
    const env = { ...server.env, SEALPOST_REGISTRATON: 'open' };
    const { code, stderr } = await adminProcess({ env }, 'start');
    expect([code, stderr]).toEqual([78, expect.stringContaining('Sealpost cannot start.')]);
  });

  it("the administrator's command answers programs with JSON, also where it fails", async () => {
    const { loginId } = await registerUser(server);
    const done = await admin(server, 'accounts', 'disable', loginId, '--json');
    expect(JSON.parse(done.stdout)).toEqual({ loginId, disabled: true });
    const failed = await admin(server, 'accounts', 'disable', 'nobody@example.org', '--json');
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'keys.user-not-found' } });
  });

  it("the administrator's command finds the database up to date", async () => {
    expect(await admin(server, 'migrate')).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
  });
});

describe('an invitation', () => {
  it('an invitation registers one account where registration is by invitation', async () => {
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
  it('rotating the signing key keeps the tokens of the old key valid, and signs with the new one at once after a restart', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const stolen = await readSecrets(server);
    const issuedAt = Math.floor(Date.now() / 1000);
    const { stdout, code } = await admin(server, 'rotate-signing-key');
    expect(code).toBe(0);
    const kid = /new signing key is (\S+)\. Running/.exec(stdout)?.[1];
    expect(kidOf(alice.token)).not.toBe(kid);

    await server.restart();
    expect(await vaultStatus(server, alice.token)).toBe(200);
    const again = await logIn(server, alice.identity);
    expect(kidOf(again.token)).toBe(kid);
    const { keys } = await expectOk<{ keys: { kid: string }[] }>(server, 'GET', '/.well-known/jwks.json');
    expect(keys.map((key) => key.kid)).toEqual([kid, kidOf(alice.token)]);

    // By whoever has taken the old key along.
    const forged = (minutesAgo: number): string =>
      accessTokenBy(stolen, server.serviceId, { ...alice, issuedAt: issuedAt - minutesAgo * 60 });
    expect(await vaultStatus(server, forged(0))).toBe(200);
    await retire(server, 5);
    await server.restart();
    expect(await vaultStatus(server, forged(0))).toBe(401);
    expect(await vaultStatus(server, forged(5))).toBe(200);
    await retire(server, 60);
    await server.restart();
    const published = await expectOk<{ keys: { kid: string }[] }>(server, 'GET', '/.well-known/jwks.json');
    expect(published.keys.map((key) => key.kid)).toEqual([kid]);
  });
});

describe('a rotated signing key on replicas', () => {
  it('rotating the signing key under several replicas lets those that run on accept the tokens of those that were restarted', async () => {
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
    // It reads the file by itself, and needs no restart.
    const signsWith = async (): Promise<string | undefined> =>
      (await expectOk<{ keys: { kid: string }[] }>(runsOn, 'GET', '/.well-known/jwks.json')).keys[0]?.kid;
    await waitFor(async () => (await signsWith()) === kidOf(again.token), { what: 'the new key' });
    expect(kidOf((await logIn(runsOn, alice.identity)).token)).toBe(kidOf(again.token));
  });
});

async function registrationOf(server: TestServer, extra: { invitation?: string }) {
  const identity = buildIdentity({ serviceId: server.serviceId });
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = { ...registerRequest(identity, challenge), ...extra };
  return call<RegisterJson>(server, 'POST', '/v1/auth/register', { body });
}

/** Makes it look as if all keys but the newest one had been retired before. */
async function retire(server: TestServer, minutesAgo: number): Promise<void> {
  const secrets = await readSecrets(server);
  const retiredAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const signingKeys = secrets.signingKeys.map((key, index) => (index === 0 ? key : { ...key, retiredAt }));
  await writeFile(join(server.dataDir, 'secrets.json'), JSON.stringify({ ...secrets, signingKeys }));
}

function kidOf(token: string): string {
  const [header = ''] = token.split('.');
  return (JSON.parse(new TextDecoder().decode(requireBase64Url(header, 'header'))) as { kid: string }).kid;
}
