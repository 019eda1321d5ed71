import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromUtf8, requireBase64Url } from '@sealpost/protocol';
import type { LoginJson, ProblemJson, SessionListJson, TokensJson } from '@sealpost/protocol';
import { call, challengeFor, freshUuid, registerUser, sharedServer, startServer } from '../support/index.js';
import { loginRequest } from '../support/identity.js';
import { callWithProof, logInBound, nonceOf, registerBound, TestSessionKey } from '../support/session-key.js';
import type { BoundUser } from '../support/session-key.js';

const server = await sharedServer();
let alice: BoundUser;

beforeAll(async () => {
  alice = await registerBound(server);
});

/** A cancellation of resets without its body: whoever hears of that has come past the proof. */
const PASSED = 400;

/** What outlives an access token: each asks a session that is bound to a key for a proof. */
const LASTING: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/v1/keys'],
  ['POST', '/v1/auth/logout'],
  ['DELETE', `/v1/account/sessions/${freshUuid()}`],
  ['POST', `/v1/account/device-requests/${freshUuid()}/approve`],
  ['POST', `/v1/account/device-requests/${freshUuid()}/answer`],
  ['DELETE', `/v1/account/device-requests/${freshUuid()}`],
  ['POST', '/v1/account/resets/cancel'],
  ['POST', '/v1/account/erasure'],
  ['GET', '/v1/account/export'],
  ['PUT', '/v1/state'],
  ...['PUT', 'DELETE'].map((method) => [method, `/v1/blocks/${freshUuid()}`] as const),
  ...['password', 'vault-key'].map((name) => ['POST', `/v1/account/${name}`] as const),
  ...['escrow', 'recovery-key'].map((name) => ['PUT', `/v1/account/${name}`] as const),
  ['POST', '/v1/messages/ack'],
  ['DELETE', `/v1/messages/${freshUuid()}`],
];

describe('a stolen access token', () => {
  it.each(LASTING)('a stolen access token of a bound session does not do %s %s', async (method, path) => {
    const { status, body, headers } = await call<ProblemJson>(server, method, path, { token: alice.token });
    expect([status, body.code]).toEqual([401, 'auth.dpop-required']);
    expect(headers.get('www-authenticate')).toMatch(/^DPoP realm="sealpost", algs="EdDSA", error="invalid_token"$/);
    expect(headers.get('dpop-nonce')).toMatch(/^[\w-]{32}$/);
  });

  it('a stolen access token of a bound session reads, looks things up and sends until it expires, and nothing else', async () => {
    const { token } = alice;
    expect((await call(server, 'GET', '/v1/messages', { token })).status).toBe(200);
    expect((await call(server, 'GET', '/v1/account/sessions', { token })).status).toBe(200);
    const query = { users: [{ userId: alice.userId }] };
    expect((await call(server, 'POST', '/v1/keys/query', { token, body: query })).status).not.toBe(401);
    expect((await call(server, 'POST', '/v1/messages', { token, body: {} })).status).toBe(400);
  });

  it('a stolen access token of a bound session is not made good by a proof of another key, or of none that fits', async () => {
    const path = '/v1/account/resets/cancel';
    const other = await callWithProof(server, new TestSessionKey(), 'POST', path, { token: alice.token });
    expect(other.body).toMatchObject({ code: 'auth.dpop-refused', detail: expect.stringContaining('not by the key') });
    const owner = await callWithProof(server, alice.key, 'POST', path, { token: alice.token });
    expect(owner.status).toBe(PASSED);
  });
});

describe('a stolen refresh token', () => {
  it('a stolen refresh token of a bound session is worth nothing, and leaves the session as it is', async () => {
    const { key, refreshToken } = await registerBound(server);
    const path = '/v1/auth/refresh';
    const body = { refreshToken };
    const bare = await call<ProblemJson>(server, 'POST', path, { body });
    expect(bare.body.code).toBe('auth.dpop-required');
    const foreign = await callWithProof(server, new TestSessionKey(), 'POST', path, { body });
    expect(foreign.body.code).toBe('auth.dpop-refused');
    const renewed = await callWithProof<TokensJson>(server, key, 'POST', path, { body });
    expect(renewed.status).toBe(200);
    // One that was used long ago would end a session without a key as stolen.
    const next = await callWithProof<TokensJson>(server, key, 'POST', path, {
      body: { refreshToken: renewed.body.refreshToken },
    });
    const old = await call<ProblemJson>(server, 'POST', path, { body });
    expect(old.body.code).toBe('auth.dpop-required');
    const last = await callWithProof(server, key, 'POST', path, { body: { refreshToken: next.body.refreshToken } });
    expect(last.status).toBe(200);
  });
});

describe('a proof', () => {
  const path = '/v1/account/resets/cancel';
  const cancel = (parts: Parameters<typeof callWithProof>[4] = {}) =>
    callWithProof(server, alice.key, 'POST', path, { token: alice.token, ...parts });

  it.each([
    ['for another method', { claims: { htm: 'GET' } }, 'htm'],
    ['for a method in lower case', { claims: { htm: 'post' } }, 'htm'],
    ['for another path', { claims: { htu: `${server.url}/v1/account` } }, 'htu'],
    ['for a longer path', { claims: { htu: `${server.url}${path}/` } }, 'htu'],
    ['for another host', { claims: { htu: `https://elsewhere.example${path}` } }, 'htu'],
    ['for another port', { claims: { htu: `http://127.0.0.1:1${path}` } }, 'htu'],
    ['for an address with a user', { claims: { htu: server.url.replace('//', '//user@') + path } }, 'htu'],
    ['for no address', { claims: { htu: path } }, 'htu'],
    [
      'for another access token',
      { claims: { ath: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } },
      'another access token',
    ],
    ['without the access token', { claims: { ath: undefined } }, 'another access token'],
    ['without an id', { claims: { jti: undefined } }, 'jti'],
    ['with an empty id', { claims: { jti: '' } }, 'jti'],
    ['with a long id', { claims: { jti: 'x'.repeat(129) } }, 'jti'],
    ['with an id that is no text', { claims: { jti: 7 } }, 'jti'],
    ['without a time', { claims: { iat: undefined } }, 'iat'],
    ['with a time that is no number', { claims: { iat: '1' } }, 'iat'],
    ['with a time before all', { claims: { iat: -1 } }, 'iat'],
    ['with a further claim', { claims: { exp: 4_000_000_000 } }, 'member other'],
    ['of another type', { header: { typ: 'JWT' } }, 'typ'],
    ['without a type', { header: { typ: undefined } }, 'typ'],
    ['with another algorithm', { header: { alg: 'ES256' } }, 'alg'],
    ['with no algorithm', { header: { alg: 'none' } }, 'alg'],
    ['with a critical extension', { header: { crit: ['b64'], b64: true } }, 'member other'],
    ['with a key id beside', { header: { kid: 'x' } }, 'member other'],
    ['without a key', { header: { jwk: undefined } }, 'jwk'],
    [
      'with a private key',
      { header: { jwk: { crv: 'Ed25519', kty: 'OKP', x: 'A'.repeat(43), d: 'A'.repeat(43) } } },
      'private',
    ],
    ['with a key of another curve', { header: { jwk: { crv: 'X25519', kty: 'OKP', x: 'A'.repeat(43) } } }, 'jwk'],
    ['with a shared key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }, 'jwk'],
    ['with a key of low order', { header: { jwk: { crv: 'Ed25519', kty: 'OKP', x: 'A'.repeat(43) } } }, 'key'],
    ['with a short key', { header: { jwk: { crv: 'Ed25519', kty: 'OKP', x: 'AAAA' } } }, 'jwk'],
  ])('a proof %s is refused', async (_, parts, said) => {
    const { status, body, headers } = await cancel(parts);
    expect(body).toMatchObject({ status: 401, code: 'auth.dpop-refused', detail: expect.stringContaining(said) });
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_dpop_proof"'),
    ]);
  });

  it.each([
    ['without a nonce', { claims: { nonce: undefined } }],
    ['with a nonce that somebody made up', { claims: { nonce: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA' } }],
    ['with a nonce that is no base64url', { claims: { nonce: '+' } }],
  ])('a proof %s is sent back for another one', async (_, parts) => {
    const { body, headers } = await cancel(parts);
    expect(body).toMatchObject({ status: 401, code: 'auth.dpop-nonce' });
    expect(headers.get('www-authenticate')).toContain('error="use_dpop_nonce"');
    const claims = { nonce: headers.get('dpop-nonce') };
    expect((await cancel({ claims })).status).toBe(PASSED);
  });

  it('a proof does not depend on the clock of the device', async () => {
    for (const iat of [0, 4_000_000_000]) expect((await cancel({ claims: { iat } })).status).toBe(PASSED);
  });

  it('a proof is used once', async () => {
    const proof = alice.key.proof('POST', server.url + path, await nonceOf(server), alice.token);
    const headers = { dpop: proof, authorization: `DPoP ${alice.token}` };
    expect((await call(server, 'POST', path, { headers })).status).toBe(PASSED);
    const again = await call<ProblemJson>(server, 'POST', path, { headers });
    expect(again.body).toMatchObject({ code: 'auth.dpop-refused', detail: expect.stringContaining('used before') });
  });

  it('a proof is read as strictly as bodies are', async () => {
    const nonce = await nonceOf(server);
    const good = alice.key.proof('POST', server.url + path, nonce, alice.token);
    const [header = '', claims = '', signature = ''] = good.split('.');
    const text = fromUtf8(requireBase64Url(claims, 'claims'));
    const twice = Buffer.from(text.replace('{', '{"htm":"GET",')).toString('base64url');
    const bad = [
      '',
      'x',
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}.${claims}.${signature}.${signature}`,
      `${header}.${claims}.${signature.slice(0, -2)}${signature.endsWith('AA') ? 'AQ' : 'AA'}`,
      `${header}.${claims}=.${signature}`,
      alice.key.signed(header, twice),
      alice.key.signed(header, Buffer.from('[]').toString('base64url')),
      alice.key.signed(header, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')),
      new TestSessionKey().signed(header, claims),
      `${good}, ${good}`,
      `${header}.${'A'.repeat(3000)}.${signature}`,
    ];
    for (const dpop of bad) {
      const headers = { dpop, authorization: `DPoP ${alice.token}` };
      const { body } = await call<ProblemJson>(server, 'POST', path, { headers });
      expect([dpop.slice(0, 20), body.code]).toEqual([dpop.slice(0, 20), 'auth.dpop-refused']);
    }
  });

  it('a proof is owed wherever the token is sent as a bound one', async () => {
    const headers = { authorization: `DPoP ${alice.token}` };
    const { body } = await call<ProblemJson>(server, 'GET', '/v1/account/sessions', { headers });
    expect(body.code).toBe('auth.dpop-required');
    const listed = await callWithProof<SessionListJson>(server, alice.key, 'GET', '/v1/account/sessions', {
      token: alice.token,
    });
    expect(listed.body.items).toHaveLength(1);
  });

  it('a proof does not turn the token of a session without a key into one with a key', async () => {
    const { token } = await registerUser(server);
    const { body } = await callWithProof(server, new TestSessionKey(), 'GET', '/v1/account/sessions', { token });
    expect(body.code).toBe('auth.unauthenticated');
  });
});

describe('somebody between client and server', () => {
  it('somebody between client and server cannot bind a log-in to another key, nor to none', async () => {
    const { identity, key } = alice;
    const { challenge } = await challengeFor(server, identity.loginId);
    const body = loginRequest(identity, challenge, key.thumbprint);
    const swapped = await callWithProof(server, new TestSessionKey(), 'POST', '/v1/auth/login', { body });
    expect(swapped.body.code).toBe('auth.login-refused');
    const stripped = await call<ProblemJson>(server, 'POST', '/v1/auth/login', { body });
    expect(stripped.body.code).toBe('auth.login-refused');
    const bound = await callWithProof<LoginJson>(server, key, 'POST', '/v1/auth/login', { body });
    expect(bound.status).toBe(200);
  });

  it('somebody between client and server cannot add a key to a log-in that was to have none', async () => {
    const { identity, key } = alice;
    const { challenge } = await challengeFor(server, identity.loginId);
    const added = await callWithProof(server, key, 'POST', '/v1/auth/login', {
      body: loginRequest(identity, challenge),
    });
    expect(added.body.code).toBe('auth.login-refused');
  });

  it('somebody between client and server opens no session with a key whose points are few', async () => {
    const { identity } = alice;
    const { challenge } = await challengeFor(server, identity.loginId);
    const jwk = { crv: 'Ed25519', kty: 'OKP', x: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    const refused = await callWithProof(server, alice.key, 'POST', '/v1/auth/login', {
      body: loginRequest(identity, challenge, alice.key.thumbprint),
      header: { jwk },
    });
    expect(refused.body).toMatchObject({ code: 'auth.dpop-refused', detail: expect.stringContaining('low-order') });
  });
});

describe('the nonce', () => {
  it('the nonce of proofs ends with the process, which no longer knows what was used before', async () => {
    const own = await startServer();
    const user = await registerBound(own);
    const path = '/v1/account/resets/cancel';
    const proof = user.key.proof('POST', own.url + path, await nonceOf(own), user.token);
    const headers = { dpop: proof, authorization: `DPoP ${user.token}` };
    expect((await call(own, 'POST', path, { headers })).status).toBe(PASSED);
    await own.restart();
    expect((await call<ProblemJson>(own, 'POST', path, { headers })).body.code).toBe('auth.dpop-nonce');
    expect((await callWithProof(own, user.key, 'POST', path, { token: user.token })).status).toBe(PASSED);
  });
});

describe('the settings', () => {
  it('the settings of session keys let no session without a key in, where they require one, and serve none that there is', async () => {
    const own = await startServer();
    const [bound, plain] = [await registerBound(own), await registerUser(own)];
    await own.restart({ SEALPOST_DPOP: 'required' });
    const { token, refreshToken, identity } = plain;
    const codeOf = async (...[method, path, options]: [string, string, object]) =>
      (await call<ProblemJson>(own, method, path, options)).body.code;
    expect(await codeOf('GET', '/v1/messages', { token })).toBe('auth.dpop-required');
    expect(await codeOf('POST', '/v1/auth/refresh', { body: { refreshToken } })).toBe('auth.dpop-required');
    const { challenge } = await challengeFor(own, identity.loginId);
    expect(await codeOf('POST', '/v1/auth/login', { body: loginRequest(identity, challenge) })).toBe(
      'auth.dpop-required',
    );
    expect((await call(own, 'GET', '/v1/messages', { token: bound.token })).status).toBe(200);
    const again = await logInBound(own, identity);
    expect((await call(own, 'GET', '/v1/messages', { token: again.token })).status).toBe(200);
  });

  it('the settings of session keys ask for a proof with every request', async () => {
    const own = await startServer({ env: { SEALPOST_DPOP: 'everywhere' } });
    const { key, token } = await registerBound(own);
    const bare = await call<ProblemJson>(own, 'GET', '/v1/messages', { token });
    expect(bare.body.code).toBe('auth.dpop-required');
    expect((await callWithProof(own, key, 'GET', '/v1/messages?limit=1', { token })).status).toBe(200);
    const service = await call<{ dpop: string }>(own, 'GET', '/v1/service');
    expect(service.body.dpop).toBe('everywhere');
  });

  it('the settings of session keys make the public address the one that counts, and the address itself for who is connected to it', async () => {
    const own = await startServer({ env: { SEALPOST_PUBLIC_URL: 'https://msg.example/chat' } });
    const user = await registerBound(own);
    const path = '/v1/account/resets/cancel';
    const cancel = async (htu: string, host?: string) => {
      const proof = user.key.proof('POST', htu, await nonceOf(own), user.token);
      const headers = { dpop: proof, authorization: `DPoP ${user.token}`, ...(host === undefined ? {} : { host }) };
      return call<ProblemJson>(own, 'POST', path, { headers });
    };
    expect((await cancel(`https://msg.example/chat${path}`)).status).toBe(PASSED);
    expect((await cancel(`https://MSG.example:443/chat${path}?x#y`)).status).toBe(PASSED);
    for (const htu of [`https://msg.example${path}`, `http://msg.example/chat${path}`, `https://evil.example${path}`]) {
      expect((await cancel(htu, new URL(htu).host)).body.code).toBe('auth.dpop-refused');
    }
  });
});
