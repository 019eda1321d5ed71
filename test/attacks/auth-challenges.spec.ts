import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ChallengeJson, LoginJson, ProblemJson } from '@sealpost/protocol';
import { requireBase64Url, encodeBase64Url } from '@sealpost/protocol';
import {
  buildIdentity,
  call,
  challengeFor,
  loginRequest,
  registerRequest,
  registerUser,
  sendRaw,
  startServer,
} from '../support/index.js';
import type { TestIdentity, TestServer, TestUser } from '../support/index.js';
import { startReplica } from '../support/replica.js';
import { forgeChallenge, readSecrets } from '../support/server-secrets.js';
import type { SecretsFile } from '../support/server-secrets.js';

let server: TestServer;
let secrets: SecretsFile;
let alice: TestUser;

beforeAll(async () => {
  server = await startServer();
  secrets = await readSecrets(server);
  alice = await registerUser(server);
});

async function logInWith(challenge: string, identity: TestIdentity = alice.identity, at: TestServer = server) {
  const body = loginRequest(identity, challenge);
  return call<LoginJson & ProblemJson>(at, 'POST', '/v1/auth/login', { body });
}

async function usedChallenges(): Promise<number> {
  const [row] = await server.sql<{ n: number }>('SELECT count(*)::int AS n FROM used_challenges');
  return row!.n;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('a challenge', () => {
  it('a challenge works once, on all replicas together', async () => {
    const replica = await startReplica(server);
    const { challenge } = await challengeFor(server, alice.loginId);
    expect((await logInWith(challenge, alice.identity, replica)).status).toBe(200);
    for (const at of [server, replica]) {
      const replayed = await logInWith(challenge, alice.identity, at);
      expect([replayed.status, replayed.body.code]).toEqual([403, 'auth.challenge-used']);
    }
    const other = await challengeFor(server, alice.loginId);
    const race = await Promise.all(
      Array.from({ length: 8 }, (_, index) => logInWith(other.challenge, alice.identity, index % 2 ? server : replica)),
    );
    expect(race.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(403)]);
  });

  it('a challenge of a registration opens nothing a second time', async () => {
    const identity = buildIdentity({ serviceId: server.serviceId });
    const { challenge } = await challengeFor(server, identity.loginId);
    const body = registerRequest(identity, challenge);
    expect((await call(server, 'POST', '/v1/auth/register', { body })).status).toBe(201);
    expect((await call<ProblemJson>(server, 'POST', '/v1/auth/register', { body })).body.code).toBe(
      'auth.challenge-used',
    );
    expect((await logInWith(challenge, identity)).body.code).toBe('auth.challenge-used');
  });

  it('a challenge works for its loginId only', async () => {
    const bob = await registerUser(server);
    const { challenge } = await challengeFor(server, bob.loginId);
    expect((await logInWith(challenge)).body).toMatchObject({ status: 403, code: 'auth.challenge-refused' });
  });

  it('a challenge cannot be changed in any byte', async () => {
    const { challenge } = await challengeFor(server, alice.loginId);
    const bytes = requireBase64Url(challenge, 'challenge');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Uint8Array.from(bytes, (byte, at) => (at === index ? byte ^ 1 : byte));
      const answer = await logInWith(encodeBase64Url(changed));
      expect([answer.status, answer.body.code]).toEqual([403, 'auth.challenge-refused']);
    }
    expect((await logInWith(challenge)).status).toBe(200);
  });

  it('a challenge works for sixty seconds, and not from the future', async () => {
    const at = (seconds: number): string => forgeChallenge(secrets, alice.loginId, nowSeconds() + seconds);
    expect((await logInWith(at(-40))).status).toBe(200);
    expect((await logInWith(at(-61))).body.code).toBe('auth.challenge-refused');
    expect((await logInWith(at(-86_400))).body.code).toBe('auth.challenge-refused');
    expect((await logInWith(at(25))).status).toBe(200);
    expect((await logInWith(at(90))).body.code).toBe('auth.challenge-refused');
  });

  it('a challenge costs no row when it is issued, or when the signature does not hold', async () => {
    const before = await usedChallenges();
    const { challenge } = await challengeFor(server, alice.loginId);
    await logInWith(challenge, { ...alice.identity, authKey: alice.identity.recoveryAuthKey });
    expect(await usedChallenges()).toBe(before);
    expect((await logInWith(challenge)).status).toBe(200);
    expect(await usedChallenges()).toBe(before + 1);
  });

  it('a challenge is not accepted in another length', async () => {
    const { challenge } = await challengeFor(server, alice.loginId);
    for (const other of [challenge.slice(0, -4), `${challenge}AAAA`, '']) {
      const body = { ...loginRequest(alice.identity, challenge), challenge: other };
      expect((await call<ProblemJson>(server, 'POST', '/v1/auth/login', { body })).status).toBe(400);
    }
  });
});

describe('a log-in', () => {
  it('a log-in is refused with the recovery key', async () => {
    const { challenge } = await challengeFor(server, alice.loginId);
    const answer = await logInWith(challenge, { ...alice.identity, authKey: alice.identity.recoveryAuthKey });
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.login-refused']);
  });

  it('a log-in is refused with a signature for another service', async () => {
    const { challenge } = await challengeFor(server, alice.loginId);
    const answer = await logInWith(challenge, { ...alice.identity, serviceId: 'elsewhere.example' });
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.login-refused']);
  });

  it('a log-in is refused with the proof of a registration', async () => {
    const { challenge } = await challengeFor(server, alice.loginId);
    const { proof } = registerRequest(alice.identity, challenge);
    const body = { loginId: alice.loginId, challenge, signature: proof };
    expect((await call<ProblemJson>(server, 'POST', '/v1/auth/login', { body })).body.code).toBe('auth.login-refused');
  });
});

describe('the existence of an account', () => {
  /** Everything of an answer that the connection and the clock do not change. */
  async function answerTo(path: string, body: unknown) {
    const headers = { 'Content-Type': 'application/json' };
    const response = await sendRaw(server.url, { method: 'POST', path, headers, body: JSON.stringify(body) });
    const stable = Object.entries(response.headers).filter(([name]) => name !== 'date' && name !== 'x-request-id');
    return { status: response.status, reason: response.reason, headers: stable, text: response.text };
  }

  it('the existence of an account is not told by a refused log-in, to the byte', async () => {
    const nobody = buildIdentity({ serviceId: server.serviceId });
    const known = await challengeFor(server, alice.loginId);
    const unknown = await challengeFor(server, nobody.loginId);
    const wrongKey = { ...alice.identity, authKey: nobody.authKey };
    const answers = [
      await answerTo('/v1/auth/login', loginRequest(wrongKey, known.challenge)),
      await answerTo('/v1/auth/login', loginRequest(nobody, unknown.challenge)),
    ];
    expect(answers[0]!.status).toBe(401);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('the existence of an account is not told by a challenge: a loginId that nobody has keeps its salt, on every replica', async () => {
    const replica = await startReplica(server);
    const nobody = buildIdentity({ serviceId: server.serviceId }).loginId;
    const offers: ChallengeJson[] = [];
    for (const at of [server, replica, server]) offers.push(await challengeFor(at, nobody));
    expect(new Set(offers.map(({ salt }) => salt)).size).toBe(1);
    expect(new Set(offers.map(({ challenge }) => challenge)).size).toBe(3);
    const known = await challengeFor(server, alice.loginId);
    expect(Object.keys(offers[0]!)).toEqual(Object.keys(known));
    expect(offers[0]!.suite).toBe(known.suite);
    expect(offers[0]!.salt.length).toBe(known.salt.length);
  });

  it('the existence of an account is not told by a disabled account, to those who cannot sign for it', async () => {
    const bob = await registerUser(server);
    await server.sql('UPDATE accounts SET disabled_at = now() WHERE user_id = $1', [bob.userId]);
    const first = await challengeFor(server, bob.loginId);
    const wrong = await logInWith(first.challenge, { ...bob.identity, authKey: alice.identity.authKey });
    expect(wrong.body.code).toBe('auth.login-refused');
    const right = await logInWith(first.challenge, bob.identity);
    expect([right.status, right.body.code]).toEqual([403, 'auth.account-disabled']);
    expect((await logInWith(first.challenge, bob.identity)).body.code).toBe('auth.challenge-used');
  });
});
