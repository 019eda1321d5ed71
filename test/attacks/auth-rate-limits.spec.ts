import { describe, expect, it } from '@jest/globals';
import type { ProblemJson } from '@sealpost/protocol';
import { changePassword, openRecovery, recover } from '../support/account-api.js';
import {
  buildIdentity,
  call,
  challengeFor,
  loginRequest,
  registerRequest,
  registerUser,
  startServer,
} from '../support/index.js';
import type { TestServer } from '../support/index.js';

async function post(server: TestServer, path: string, body: unknown, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return call<ProblemJson>(server, 'POST', path, { body, headers });
}

/** The statuses of `count` attempts, and the Retry-After of the last answer. */
async function repeat(count: number, attempt: () => ReturnType<typeof post>) {
  const answers = [];
  for (let index = 0; index < count; index++) answers.push(await attempt());
  const last = answers.at(-1)!;
  return {
    statuses: answers.map(({ status }) => status),
    code: last.body.code,
    retryAfter: Number(last.headers.get('retry-after')),
  };
}

describe('limits per account', () => {
  it('limits per account count log-ins and challenges alike for loginIds that exist and that do not', async () => {
    const server = await startServer({
      env: { SEALPOST_RATE_LOGIN_PER_ACCOUNT: '3/600', SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: '5/600' },
    });
    const nobody = buildIdentity({ serviceId: server.serviceId });
    const alice = await registerUser(server);
    // As the registration has asked for alice's first challenge.
    await challengeFor(server, nobody.loginId);
    const outcomes = [];
    for (const { loginId } of [alice, nobody]) {
      const { challenge } = await challengeFor(server, loginId);
      const body = loginRequest({ ...nobody, loginId }, challenge);
      const logins = await repeat(5, () => post(server, '/v1/auth/login', body));
      const challenges = await repeat(5, () => post(server, '/v1/auth/challenge', { loginId }));
      outcomes.push({ logins: logins.statuses, challenges: challenges.statuses });
      for (const { code, retryAfter } of [logins, challenges]) {
        expect(code).toBe('request.rate-limited');
        expect(retryAfter).toBeGreaterThan(0);
        expect(retryAfter).toBeLessThanOrEqual(200);
      }
    }
    expect(outcomes[0]).toEqual({ logins: [401, 401, 401, 429, 429], challenges: [200, 200, 200, 429, 429] });
    expect(outcomes[1]).toEqual(outcomes[0]);

    // Registrations have attempts of their own; somebody else is not affected.
    const { challenge } = await challengeFor(server, 'new@example.org');
    const register = await repeat(6, () => {
      const identity = buildIdentity({ serviceId: server.serviceId, loginId: 'new@example.org' });
      return post(server, '/v1/auth/register', { ...registerRequest(identity, challenge), proof: 'A'.repeat(86) });
    });
    expect(register.statuses).toEqual([403, 403, 403, 403, 403, 429]);
  });
});

describe('limits of what an auth key proves', () => {
  it('limits of what an auth key proves count recoveries and changes apart from log-ins, and recoveries alike for loginIds that nobody has', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_LOGIN_PER_ACCOUNT: '3/600' } });
    const nobody = buildIdentity({ serviceId: server.serviceId });
    const alice = await registerUser(server);
    const outcomes = [];
    for (const { loginId } of [alice, nobody]) {
      const guess = { ...nobody, loginId };
      // Both actions are attempts with the same key, so they share the attempts.
      const statuses = [];
      for (let round = 0; round < 2; round++) {
        statuses.push((await openRecovery(server, guess)).status, (await recover(server, guess)).answer.status);
      }
      outcomes.push(statuses);
    }
    expect(outcomes).toEqual([
      [401, 401, 401, 429],
      [401, 401, 401, 429],
    ]);
    const guessing = { ...alice, identity: { ...alice.identity, authKey: nobody.authKey } };
    const changes = [];
    for (let round = 0; round < 4; round++) changes.push((await changePassword(server, guessing)).answer.status);
    expect(changes).toEqual([403, 403, 403, 429]);
    const { challenge } = await challengeFor(server, alice.loginId);
    expect((await post(server, '/v1/auth/login', loginRequest(alice.identity, challenge))).status).toBe(200);
  });

  it('limits of what an auth key proves hold per address too, together with log-ins', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_LOGIN_PER_ADDRESS: '3/600' } });
    const statuses = [];
    for (let round = 0; round < 4; round++) {
      statuses.push((await openRecovery(server, buildIdentity({ serviceId: server.serviceId }))).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});

describe('limits per address', () => {
  it('limits per address hold for registrations, challenges, log-ins and refreshes, whoever they are for', async () => {
    const server = await startServer({
      env: {
        SEALPOST_RATE_REGISTER_PER_ADDRESS: '2/600',
        SEALPOST_RATE_LOGIN_PER_ADDRESS: '2/600',
        SEALPOST_RATE_REFRESH_PER_ADDRESS: '2/600',
        SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '9/600',
      },
    });
    const register = await repeat(3, async () => {
      const identity = buildIdentity({ serviceId: server.serviceId });
      const { challenge } = await challengeFor(server, identity.loginId);
      return post(server, '/v1/auth/register', registerRequest(identity, challenge));
    });
    expect([register.statuses, register.code]).toEqual([[201, 201, 429], 'request.rate-limited']);
    const login = await repeat(3, async () => {
      const identity = buildIdentity({ serviceId: server.serviceId });
      const { challenge } = await challengeFor(server, identity.loginId);
      return post(server, '/v1/auth/login', loginRequest(identity, challenge));
    });
    expect(login.statuses).toEqual([401, 401, 429]);
    const refresh = await repeat(3, () => post(server, '/v1/auth/refresh', { refreshToken: 'AAAA' }));
    expect(refresh.statuses).toEqual([401, 401, 429]);
    const challenge = await repeat(4, () => post(server, '/v1/auth/challenge', { loginId: 'a-loginid' }));
    expect(challenge.statuses).toEqual([200, 200, 200, 429]);
    expect(challenge.retryAfter).toBeGreaterThan(0);
  });

  const ask = (server: TestServer, from: string) => post(server, '/v1/auth/challenge', { loginId: 'bob' }, from);
  const env = { SEALPOST_RATE_CHALLENGE_PER_ADDRESS: '2/600' };

  it('limits per address are not escaped by a header', async () => {
    const server = await startServer({ env });
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) statuses.push((await ask(server, address)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('limits per address hold for the clients of a trusted proxy one by one', async () => {
    const server = await startServer({ env: { ...env, SEALPOST_TRUSTED_PROXIES: '127.0.0.1' } });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
      expect((await ask(server, address)).status).toBe(200);
    }
    expect((await ask(server, '192.0.2.1')).status).toBe(429);
    // What a client writes in front of the address that the proxy saw is not believed.
    expect((await ask(server, '198.51.100.7, 192.0.2.1')).status).toBe(429);
  });
});
