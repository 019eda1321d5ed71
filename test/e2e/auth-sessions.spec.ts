import { createPublicKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonWebKey } from 'node:crypto';
import { requireBase64Url } from '@sealpost/protocol';
import type { SessionListJson, TokensJson } from '@sealpost/protocol';
import {
  call,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  loginRequest,
  registerUser,
  startServer,
} from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { callAsOwner } from '../support/signing-proof.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

async function listSessions(token: string): Promise<SessionListJson['items']> {
  return (await expectOk<SessionListJson>(server, 'GET', '/v1/account/sessions', { token })).items;
}

async function refresh(refreshToken: string): Promise<TokensJson> {
  return expectOk<TokensJson>(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
}

async function codeOf(token: string): Promise<string> {
  return (await callForProblem(server, 'GET', '/v1/account/sessions', { token })).code;
}

describe('sessions', () => {
  it('sessions are listed with their names, the most recently used first, and none of anybody else', async () => {
    const phone = await registerUser(server);
    const { challenge } = await challengeFor(server, phone.loginId);
    const body = { ...loginRequest(phone.identity, challenge), sessionName: 'Laptop — Zoë 💻' };
    const laptop = await expectOk<TokensJson & { sessionId: string }>(server, 'POST', '/v1/auth/login', { body });
    await registerUser(server);

    const listed = await listSessions(laptop.accessToken);
    expect(listed.map(({ id, name, current }) => ({ id, name, current }))).toEqual([
      { id: laptop.sessionId, name: 'Laptop — Zoë 💻', current: true },
      { id: phone.sessionId, name: '', current: false },
    ]);
    await refresh(phone.refreshToken);
    expect((await listSessions(phone.token)).map(({ id }) => id)).toEqual([phone.sessionId, laptop.sessionId]);
  });

  it('sessions end one by one; the others go on', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const path = `/v1/account/sessions/${phone.sessionId}`;
    expect((await callAsOwner(server, laptop, 'DELETE', path)).status).toBe(204);
    expect(await codeOf(phone.token)).toBe('auth.session-ended');
    const problem = await callForProblem(server, 'POST', '/v1/auth/refresh', {
      body: { refreshToken: phone.refreshToken },
    });
    expect(problem.code).toBe('auth.session-ended');
    expect((await listSessions(laptop.token)).map(({ id }) => id)).toEqual([laptop.sessionId]);
    const again = await callAsOwner(server, laptop, 'DELETE', path);
    expect(again.body).toMatchObject({ code: 'auth.session-not-found' });
  });

  it('sessions end at the log-out', async () => {
    const alice = await registerUser(server);
    const answer = await call(server, 'POST', '/v1/auth/logout', { token: alice.token });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await codeOf(alice.token)).toBe('auth.session-ended');
    expect((await callForProblem(server, 'POST', '/v1/auth/logout', { token: alice.token })).code).toBe(
      'auth.session-ended',
    );
  });

  it('sessions are nobody else’s to end', async () => {
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    const path = `/v1/account/sessions/${alice.sessionId}`;
    const refused = await callAsOwner(server, mallory, 'DELETE', path);
    expect(refused.body).toMatchObject({ code: 'auth.session-not-found' });
    expect((await listSessions(alice.token)).length).toBe(1);
  });

  it('sessions stay at a hundred: the longest unused one makes room', async () => {
    const first = await registerUser(server);
    await server.sql(
      `INSERT INTO sessions (id, user_id, name, generation, refresh_token_hash, created_at, refreshed_at, expires_at)
       SELECT gen_random_uuid(), $1, 'old', 0, '\\x00', now(), now() + interval '1 minute', now() + interval '1 day'
       FROM generate_series(1, 99)`,
      [first.userId],
    );
    await logIn(server, first.identity);
    const count = 'SELECT count(*)::int AS n FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await server.sql(count, [first.userId])).toEqual([{ n: 100 }]);
    expect(await codeOf(first.token)).toBe('auth.session-ended');
  });
});

describe('a refresh', () => {
  it('a refresh gives new tokens that work, again and again, and moves the expiry', async () => {
    const alice = await registerUser(server);
    let { refreshToken } = alice;
    const seen = new Set([refreshToken]);
    let accessToken = '';
    for (let round = 0; round < 5; round++) {
      ({ refreshToken, accessToken } = await refresh(refreshToken));
      expect(seen.has(refreshToken)).toBe(false);
      seen.add(refreshToken);
    }
    expect((await listSessions(accessToken)).length).toBe(1);
    const [row] = await server.sql<{ generation: number }>('SELECT generation FROM sessions WHERE id = $1', [
      alice.sessionId,
    ]);
    expect(row!.generation).toBe(5);
  });

  it('a refresh keeps no refresh token in the database', async () => {
    const alice = await registerUser(server);
    const tokens = [alice.refreshToken, (await refresh(alice.refreshToken)).refreshToken];
    const [row] = await server.sql<{ row: string }>('SELECT to_jsonb(s)::text AS row FROM sessions s WHERE id = $1', [
      alice.sessionId,
    ]);
    for (const token of tokens) {
      const secret = decode(token).toString('hex').slice(40, 104);
      expect(row!.row).not.toContain(secret);
    }
  });

  it('a refresh is refused once the session has expired', async () => {
    const alice = await registerUser(server);
    await server.sql("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = $1", [alice.sessionId]);
    const body = { refreshToken: alice.refreshToken };
    expect((await callForProblem(server, 'POST', '/v1/auth/refresh', { body })).code).toBe('auth.session-ended');
  });
});

describe('an access token', () => {
  it('an access token is a JWT that the published keys verify', async () => {
    const alice = await registerUser(server);
    const jwks = await call<{ keys: (JsonWebKey & { kid: string })[] }>(server, 'GET', '/.well-known/jwks.json');
    expect(jwks.headers.get('cache-control')).toBe('public, max-age=300');
    const [head = '', claims = '', signature = ''] = alice.token.split('.');
    const header = JSON.parse(decode(head).toString()) as Record<string, string>;
    const jwk = jwks.body.keys.find(({ kid }) => kid === header['kid'])!;
    expect(jwk).not.toHaveProperty('d');
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, decode(signature))).toBe(true);
    const { iat, exp, ...rest } = JSON.parse(decode(claims).toString()) as Record<string, unknown>;
    expect(rest).toEqual({
      sub: alice.userId,
      sid: alice.sessionId,
      iss: server.serviceId,
      aud: server.serviceId,
    });
    expect(Number(exp) - Number(iat)).toBe(900);
  });

  it('an access token is needed wherever a route is not public', async () => {
    const problem = await call<{ code: string }>(server, 'GET', '/v1/account/sessions');
    expect([problem.status, problem.body.code]).toEqual([401, 'auth.unauthenticated']);
    expect(problem.headers.get('www-authenticate')).toContain('Bearer');
    expect(await codeOf('nonsense')).toBe('auth.unauthenticated');
  });

  it('an access token still works after a restart, unless its session ended before', async () => {
    const [alice, bob]: TestUser[] = [await registerUser(server), await registerUser(server)];
    await call(server, 'POST', '/v1/auth/logout', { token: bob!.token });
    await server.restart();
    expect((await listSessions(alice!.token)).length).toBe(1);
    expect(await codeOf(bob!.token)).toBe('auth.session-ended');
  });
});

function decode(text: string): Buffer {
  return Buffer.from(requireBase64Url(text, 'token'));
}
