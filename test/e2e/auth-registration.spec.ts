import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LoginJson, RegisterJson, RegisterRequestJson } from '@sealpost/protocol';
import {
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  freshUuid,
  loginRequest,
  registerRequest,
  registerUser,
  sharedServer,
} from '../support/index.js';
import type { TestIdentity, RunningServer } from '../support/index.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

function newcomer(options: { loginId?: string; userId?: string } = {}): TestIdentity {
  return buildIdentity({ serviceId: server.serviceId, ...options });
}

/** A registration that is right in everything but what `change` says. */
async function attempt(identity: TestIdentity, change: Partial<RegisterRequestJson> = {}) {
  const { challenge } = await challengeFor(server, identity.loginId);
  return call<RegisterJson>(server, 'POST', '/v1/auth/register', {
    body: { ...registerRequest(identity, challenge), ...change },
  });
}

/** How many rows name the user, by table. */
async function rowsOf(userId: string): Promise<Record<string, number>> {
  const tables = ['accounts', 'sessions', 'handles', 'key_statements', 'key_heads', 'vaults', 'mailboxes'];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table} WHERE user_id = $1) AS ${table}`);
  const [row] = await server.sql<Record<string, number>>(`SELECT ${counts.join(', ')}`, [userId]);
  return row!;
}

describe('a newcomer', () => {
  it('a newcomer registers, is logged in at once, and can log in again', async () => {
    const alice = newcomer();
    const answer = await attempt(alice, { sessionName: 'first device' });
    expect(answer.status).toBe(201);
    expect(answer.body.userId).toBe(alice.userId);
    expect(answer.body.accessTokenExpiresAt).toBeGreaterThan(Date.now());
    expect(answer.body.refreshTokenExpiresAt).toBeGreaterThan(answer.body.accessTokenExpiresAt);
    expect(await rowsOf(alice.userId)).toEqual({
      accounts: 1,
      sessions: 1,
      handles: 1,
      key_statements: 1,
      key_heads: 1,
      vaults: 1,
      mailboxes: 1,
    });
    const { challenge } = await challengeFor(server, alice.loginId);
    const body = loginRequest(alice, challenge);
    const login = await expectOk<LoginJson>(server, 'POST', '/v1/auth/login', { body });
    expect(login.userId).toBe(alice.userId);
  });

  it('a newcomer is given back at the log-in exactly what they sent', async () => {
    const alice = newcomer();
    const { challenge } = await challengeFor(server, alice.loginId);
    const sent = registerRequest(alice, challenge);
    await expectOk(server, 'POST', '/v1/auth/register', { body: sent });
    const offer = await challengeFor(server, alice.loginId);
    expect([offer.suite, offer.salt]).toEqual([sent.suite, sent.salt]);
    const login = await expectOk<LoginJson>(server, 'POST', '/v1/auth/login', {
      body: loginRequest(alice, offer.challenge),
    });
    expect(login).toMatchObject({
      vault: sent.vault,
      passwordUnlock: sent.passwordUnlock,
      vaultVersion: 1,
      keyVersion: 1,
      credentialVersion: 1,
    });
    // What the recovery key opens is for the recovery only.
    expect(JSON.stringify(login)).not.toContain(sent.recoveryUnlock);
  });

  it('a newcomer cannot have a loginId that somebody has', async () => {
    const alice = await registerUser(server);
    const mallory = newcomer({ loginId: alice.loginId });
    const answer = await attempt(mallory);
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'auth.login-id-taken' }]);
    expect(Object.values(await rowsOf(mallory.userId))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('a newcomer cannot have a userId that somebody has', async () => {
    const alice = await registerUser(server);
    const mallory = newcomer({ userId: alice.userId });
    const answer = await attempt(mallory);
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'auth.user-id-taken' }]);
    expect(await server.sql('SELECT 1 FROM handles WHERE login_id = $1', [mallory.loginId])).toEqual([]);
  });
});

describe('a refused registration', () => {
  const OTHER_SIGNATURE = 'A'.repeat(85) + 'Q';

  it.each([
    ['proof', 'auth.proof-refused'],
    ['authKeySignature', 'auth.proof-refused'],
    ['recoveryAuthKeySignature', 'auth.proof-refused'],
  ] as const)('a registration is refused with a %s that does not hold', async (member, code) => {
    const identity = newcomer();
    const answer = await attempt(identity, { [member]: OTHER_SIGNATURE });
    expect([answer.status, answer.body]).toMatchObject([403, { code, errors: [{ pointer: `/${member}` }] }]);
    expect((await rowsOf(identity.userId))['accounts']).toBe(0);
  });

  /** The proof covers every member that is stored: none can be exchanged on the way. */
  it.each([
    'userId',
    'salt',
    'suite',
    'vault',
    'passwordUnlock',
    'recoveryUnlock',
    'handleSignature',
    'authPublicKey',
    'recoveryAuthPublicKey',
    'keys',
  ] as const)('a registration is refused with the %s of another registration', async (member) => {
    const [identity, other] = [newcomer(), newcomer({ userId: freshUuid() })];
    const { challenge } = await challengeFor(server, identity.loginId);
    const change = member === 'suite' ? { suite: 2 } : { [member]: registerRequest(other, challenge)[member] };
    const answer = await attempt(identity, change);
    expect([answer.status, answer.body]).toMatchObject([403, { code: 'auth.proof-refused' }]);
  });

  it('a registration is refused with a password suite that nobody knows', async () => {
    const answer = await attempt({ ...newcomer(), suite: 3 });
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'auth.suite-unknown', errors: [{ pointer: '/suite' }] },
    ]);
  });

  it('a registration is refused with one key for both the password and the recovery', async () => {
    const identity = newcomer();
    const answer = await attempt({ ...identity, recoveryAuthKey: identity.authKey });
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'auth.key-refused' }]);
  });

  it.each(['authKey', 'recoveryAuthKey'] as const)(
    'a registration is refused with its signing key as %s',
    async (member) => {
      const identity = newcomer();
      const answer = await attempt({ ...identity, [member]: identity.generations[0]!.signingKey });
      expect([answer.status, answer.body]).toMatchObject([422, { code: 'auth.key-refused' }]);
    },
  );

  it('a registration is refused with an auth key of small order', async () => {
    const neutral = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0));
    const answer = await attempt({ ...newcomer(), authKey: { publicKey: neutral, sign: () => new Uint8Array(64) } });
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'auth.key-refused' }]);
  });

  it('a registration is refused with an unlock of another format or length', async () => {
    const identity = newcomer();
    const { passwordUnlock } = registerRequest(identity, (await challengeFor(server, identity.loginId)).challenge);
    const format2 = `Ag${passwordUnlock.slice(2)}`;
    for (const [unlock, pointer] of [
      [format2, '/passwordUnlock'],
      [passwordUnlock.slice(0, -4), '/passwordUnlock'],
    ] as const) {
      const answer = await attempt(identity, { passwordUnlock: unlock });
      expect([answer.status, answer.body]).toMatchObject([400, { code: 'request.invalid', errors: [{ pointer }] }]);
    }
  });

  it('a registration is refused with keys for another service', async () => {
    const elsewhere = buildIdentity({ serviceId: 'elsewhere.example' });
    const { challenge } = await challengeFor(server, elsewhere.loginId);
    const body = registerRequest(elsewhere, challenge);
    const problem = await callForProblem(server, 'POST', '/v1/auth/register', { body });
    expect(problem.code).toBe('auth.proof-refused');
    const mixed = registerRequest({ ...elsewhere, serviceId: server.serviceId }, challenge);
    const second = await callForProblem(server, 'POST', '/v1/auth/register', { body: mixed });
    expect(second.code).toBe('keys.statement-refused');
  });

  it.each([
    ['an upper-case loginId', { loginId: 'Alice@example.org' }],
    ['a userId of another version', { userId: '0b1c5d1e-6a5f-4c3e-9c5c-00000000000a' }],
    ['an unknown member', { admin: true }],
    ['a null', { sessionName: null }],
  ])('a registration is refused with %s', async (_what, change) => {
    const answer = await attempt(newcomer(), change as Partial<RegisterRequestJson>);
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'request.invalid' }]);
  });
});
