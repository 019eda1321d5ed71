import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson, TokensJson } from '@sealpost/protocol';
import { concat, encodeBase64Url, requireBase64Url, uuidToBytes } from '@sealpost/protocol';
import { call, expectOk, freshUuid, logIn, registerUser, sendRaw, startServer, waitFor } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { startReplica } from '../support/replica.js';
import { forgeRefreshToken, readSecrets } from '../support/server-secrets.js';
import type { SecretsFile } from '../support/server-secrets.js';

let server: TestServer;
let secrets: SecretsFile;
let alice: TestUser;

beforeAll(async () => {
  server = await startServer();
  secrets = await readSecrets(server);
  alice = await registerUser(server);
});

async function asks(token: string, at: TestServer = server) {
  return call<ProblemJson>(at, 'GET', '/v1/account/sessions', { token });
}

async function refresh(refreshToken: string, at: TestServer = server) {
  return call<TokensJson & ProblemJson>(at, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
}

/** Claims of a token of a certain age and life, in seconds. */
const fromNow = (seconds: number, life: number) => {
  const iat = Math.floor(Date.now() / 1000) + seconds;
  return { iat, exp: iat + life };
};
const part = (value: unknown): string => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
const parse = (text: string): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(requireBase64Url(text, 'part'))) as Record<string, unknown>;

describe('an access token that somebody made up', () => {
  let header: Record<string, unknown>;
  let claims: Record<string, unknown>;
  let serverKey: KeyObject;

  beforeAll(() => {
    const [first = '', second = ''] = alice.token.split('.');
    [header, claims] = [parse(first), parse(second)];
    serverKey = createPrivateKey({ key: secrets.signingKeys[0]!.jwk, format: 'jwk' });
  });

  function signed(changedHeader: object, changedClaims: object, key: KeyObject): string {
    const text = `${part({ ...header, ...changedHeader })}.${part({ ...claims, ...changedClaims })}`;
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${encodeBase64Url(new Uint8Array(signature))}`;
  }

  it('an access token that is made with the key of the server is accepted (so that the refusals below mean something)', async () => {
    expect((await asks(signed({}, {}, serverKey))).status).toBe(200);
  });

  it.each(['none', 'None', 'NONE'])('an access token that somebody made up is refused with alg %s', async (alg) => {
    for (const signature of ['', alice.token.split('.')[2]]) {
      const token = `${part({ ...header, alg })}.${part(claims)}.${signature}`;
      expect((await asks(token)).body).toMatchObject({ status: 401, code: 'auth.unauthenticated' });
    }
  });

  it('an access token that somebody made up is refused with HS256 and the public key as the secret', async () => {
    const jwks = await expectOk<{ keys: JsonWebKey[] }>(server, 'GET', '/.well-known/jwks.json');
    const key = createPublicKey({ key: jwks.keys[0]!, format: 'jwk' });
    const spki = key.export({ format: 'pem', type: 'spki' });
    for (const secret of [spki, key.export({ format: 'der', type: 'spki' }), JSON.stringify(jwks.keys[0])]) {
      const text = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`;
      const mac = createHmac('sha256', secret).update(text).digest();
      expect((await asks(`${text}.${encodeBase64Url(new Uint8Array(mac))}`)).body.code).toBe('auth.unauthenticated');
    }
  });

  it('an access token that somebody made up is refused with a foreign key, whatever kid it names', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    for (const changed of [
      {},
      { kid: 'foreign' },
      { kid: undefined },
      { kid: ['x'] },
      { kid: 'foreign', jwk },
      { jwk },
    ]) {
      expect((await asks(signed(changed, {}, privateKey))).body.code).toBe('auth.unauthenticated');
    }
    expect((await asks(signed({ kid: 'foreign' }, {}, serverKey))).body.code).toBe('auth.unauthenticated');
    expect((await asks(signed({ kid: '__proto__' }, {}, serverKey))).body.code).toBe('auth.unauthenticated');
  });

  it.each([
    ['another issuer', { iss: 'elsewhere.example' }, 'auth.unauthenticated'],
    ['another audience', { aud: 'elsewhere.example' }, 'auth.unauthenticated'],
    ['no session', { sid: undefined }, 'auth.unauthenticated'],
    ['a session that is no UUID', { sid: "' OR 1=1 --" }, 'auth.unauthenticated'],
    ['no user', { sub: undefined }, 'auth.unauthenticated'],
    ['no expiry', { exp: undefined }, 'auth.unauthenticated'],
    ['no time of issue', { iat: undefined }, 'auth.unauthenticated'],
    ['a time of issue that is no number', { iat: 'now' }, 'auth.unauthenticated'],
    ['a time of issue in the future', fromNow(3_600, 900), 'auth.unauthenticated'],
    ['a life that is a second too long', fromNow(0, 901), 'auth.unauthenticated'],
    ['a life of ten years', fromNow(0, 315_360_000), 'auth.unauthenticated'],
    ['a life that began long ago', fromNow(-86_400, 87_000), 'auth.unauthenticated'],
    ['a life beyond all numbers', { exp: 1e308 }, 'auth.unauthenticated'],
    ['a session that never was', { sid: freshUuid() }, 'auth.session-ended'],
    ['another user', { sub: freshUuid() }, 'auth.session-ended'],
    ['more text than any token has', { filling: 'x'.repeat(2048) }, 'auth.unauthenticated'],
    ['an expiry in the past', { exp: Math.floor(Date.now() / 1000) - 10 }, 'auth.token-expired'],
    ['a beginning in the future', { nbf: Math.floor(Date.now() / 1000) + 600 }, 'auth.unauthenticated'],
  ])('an access token that somebody made up is refused with %s', async (_what, changed, code) => {
    expect((await asks(signed({}, changed, serverKey))).body).toMatchObject({ status: 401, code });
  });

  it('an access token that somebody made up is refused for the session of somebody else, before and after its user has used it', async () => {
    const mallory = await registerUser(server);
    const [bob, fresh] = [await registerUser(server), await registerUser(server)];
    await asks(bob.token);
    for (const [sub, sid] of [
      [bob.userId, mallory.sessionId],
      [mallory.userId, bob.sessionId],
    ]) {
      expect((await asks(signed({}, { sub, sid }, serverKey))).body.code).toBe('auth.session-ended');
    }
    expect((await asks(signed({}, { sub: mallory.userId, sid: fresh.sessionId }, serverKey))).status).toBe(401);
    // Nor does an attempt to log that session out end it.
    const forged = signed({}, { sub: mallory.userId, sid: fresh.sessionId }, serverKey);
    expect((await call(server, 'POST', '/v1/auth/logout', { token: forged })).status).toBe(401);
    for (const user of [bob, fresh, mallory]) expect((await asks(user.token)).status).toBe(200);
  });

  it('an access token that somebody made up is refused when its session has expired', async () => {
    const bob = await registerUser(server);
    const sub = bob.userId;
    await server.sql("UPDATE sessions SET expires_at = now() - interval '1 day' WHERE id = $1", [bob.sessionId]);
    expect((await asks(signed({}, { sub, sid: bob.sessionId }, serverKey))).body.code).toBe('auth.session-ended');
  });

  it('an access token that somebody made up is refused in every other form', async () => {
    const [head = '', body = '', signature = ''] = alice.token.split('.');
    const tokens = ['', '.', '..', head, `${head}.${body}`, `${head}.${body}.`, `.${body}.${signature}`, 'a.b.c'];
    for (const token of [...tokens, `${alice.token}.${signature}`, `${alice.token}A`]) {
      expect((await asks(token)).body.code).toBe('auth.unauthenticated');
    }
    for (const authorization of [
      alice.token,
      `Basic ${alice.token}`,
      `Bearer ${alice.token} ${alice.token}`,
      'Bearer',
    ]) {
      const path = '/v1/account/sessions';
      const answer = await sendRaw(server.url, { path, headers: { Authorization: authorization } });
      expect([answer.status, (answer.json() as ProblemJson).code]).toEqual([401, 'auth.unauthenticated']);
    }
  });

  it('an access token that somebody made up is not taken from the query', async () => {
    const answer = await call(server, 'GET', `/v1/account/sessions?access_token=${alice.token}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('an access token that somebody made up stops working when it expires, also when it was used a moment before', async () => {
    const { iat, exp } = fromNow(0, 3);
    const token = signed({}, { iat, exp }, serverKey);
    expect((await asks(token)).status).toBe(200);
    const refused = await waitFor(
      async () => {
        const answer = await asks(token);
        return answer.status === 401 ? answer.body : null;
      },
      { what: 'the expiry of the token' },
    );
    expect(refused.code).toBe('auth.token-expired');
    // Five seconds of tolerance for clocks that differ, and not more.
    expect(Date.now() / 1000 - exp).toBeLessThan(15);
  });
});

describe('a session that was ended', () => {
  it('a session that was ended ends on another replica within seconds, also where its token was in use', async () => {
    const replica = await startReplica(server);
    const bob = await registerUser(server);
    expect((await asks(bob.token, replica)).status).toBe(200);
    await call(server, 'POST', '/v1/auth/logout', { token: bob.token });
    expect((await asks(bob.token)).body.code).toBe('auth.session-ended');
    const endedAt = Date.now();
    await waitFor(async () => (await asks(bob.token, replica)).body.code === 'auth.session-ended', {
      what: 'the end of the session on the other replica',
    });
    expect(Date.now() - endedAt).toBeLessThan(10_000);
  });
});

describe('a refresh token', () => {
  it('a refresh token that was used before ends its whole family', async () => {
    const bob = await registerUser(server);
    const second = (await refresh(bob.refreshToken)).body;
    const third = (await refresh(second.refreshToken)).body;
    const stolen = await refresh(bob.refreshToken);
    expect([stolen.status, stolen.body.code]).toEqual([401, 'auth.refresh-reused']);
    for (const token of [third.refreshToken, second.refreshToken, bob.refreshToken]) {
      expect((await refresh(token)).body.code).toBe('auth.session-ended');
    }
    for (const token of [bob.token, second.accessToken, third.accessToken]) {
      expect((await asks(token)).body.code).toBe('auth.session-ended');
    }
  });

  it('a refresh token ends its own family only', async () => {
    const bob = await registerUser(server);
    const other = await logIn(server, bob.identity);
    await refresh((await refresh(bob.refreshToken)).body.refreshToken);
    expect((await refresh(bob.refreshToken)).body.code).toBe('auth.refresh-reused');
    expect((await asks(other.token)).status).toBe(200);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('a refresh token may be repeated for thirty seconds, with the same successor', async () => {
    const bob = await registerUser(server);
    const first = await refresh(bob.refreshToken);
    const again = await refresh(bob.refreshToken);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body.refreshToken).toBe(first.body.refreshToken);
    expect((await asks(again.body.accessToken)).status).toBe(200);
    expect((await refresh(again.body.refreshToken)).status).toBe(200);
  });

  const later = async (sessionId: string): Promise<void> => {
    const sql = "UPDATE sessions SET refreshed_at = refreshed_at - interval '1 hour' WHERE id = $1";
    await server.sql(sql, [sessionId]);
  };

  it('a refresh token gets another successor when it is repeated later, as often as answers are lost, until one was used', async () => {
    const bob = await registerUser(server);
    const given = [(await refresh(bob.refreshToken)).body.refreshToken];
    for (let lost = 0; lost < 3; lost++) {
      await later(bob.sessionId);
      const answers = await Promise.all([refresh(bob.refreshToken), refresh(bob.refreshToken)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(answers[1].body.refreshToken).toBe(answers[0].body.refreshToken);
      given.push(answers[0].body.refreshToken);
    }
    expect(new Set(given).size).toBe(4);
    const used = await refresh(given[3] ?? '');
    expect(used.status).toBe(200);
    expect((await refresh(bob.refreshToken)).body.code).toBe('auth.refresh-reused');
    expect((await refresh(used.body.refreshToken)).body.code).toBe('auth.session-ended');
  });

  it('a refresh token that was stolen before a rotation gives the thief no more than until the owner renews the next time', async () => {
    const bob = await registerUser(server);
    const owned = (await refresh(bob.refreshToken)).body.refreshToken;
    await later(bob.sessionId);
    const stolen = (await refresh(bob.refreshToken)).body;
    expect((await refresh(owned)).body.code).toBe('auth.refresh-reused');
    expect((await refresh(stolen.refreshToken)).body.code).toBe('auth.session-ended');
    expect((await asks(stolen.accessToken)).body.code).toBe('auth.session-ended');
  });

  it('a refresh token used by many at once, on two replicas, gives all the same successor', async () => {
    const replica = await startReplica(server);
    const bob = await registerUser(server);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => refresh(bob.refreshToken, index % 2 === 0 ? server : replica)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    const [row] = await server.sql('SELECT generation FROM sessions WHERE id = $1', [bob.sessionId]);
    expect(row).toEqual({ generation: 1 });
  });

  it('a refresh token that was not made by the server has no effect', async () => {
    const bob = await registerUser(server);
    const bytes = requireBase64Url(bob.refreshToken, 'token');
    for (const index of [0, 15, 16, 19, 20, 51, 52, 67]) {
      const changed = Uint8Array.from(bytes, (byte, at) => (at === index ? byte ^ 1 : byte));
      const answer = await refresh(encodeBase64Url(changed));
      expect([answer.status, answer.body.code]).toEqual([401, 'auth.refresh-refused']);
    }
    for (const token of ['AAAA', 'A'.repeat(91), alice.token.slice(0, 40).replaceAll('.', 'A')]) {
      expect((await refresh(token)).body.code).toBe('auth.refresh-refused');
    }
    expect((await refresh(bob.refreshToken)).status).toBe(200);
  });

  it('a refresh token of a session that does not exist is refused, though its MAC is true', async () => {
    const token = forgeRefreshToken(secrets, concat(uuidToBytes(freshUuid()), new Uint8Array(36)));
    expect((await refresh(token)).body.code).toBe('auth.session-ended');
  });

  it('a refresh token is no access token, and an access token no refresh token', async () => {
    expect((await asks(alice.refreshToken)).body.code).toBe('auth.unauthenticated');
    expect((await refresh(alice.token)).status).toBe(400);
  });
});
