import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { serviceHeader } from '@sealpost/protocol';
import { ApiError, NetworkError } from '../errors.js';
import { Access } from './access.js';
import { integer, objectOf } from './json-shape.js';
import { ServiceAddress } from './service-address.js';
import {
  problem,
  SCRIPTED_SERVICE,
  ScriptedServer,
  type Script,
  type ScriptedAnswer,
} from './testing/scripted-server.js';
import { FAST, scripted } from './testing/scripted-transport.js';
import { Transport, type ApiRequest } from './transport.js';

const answer = objectOf<{ n: number }>({ n: integer });
const read = { method: 'GET', path: 'v1/thing', answer, repeatable: true } as const satisfies ApiRequest<{ n: number }>;
const write = { ...read, method: 'POST', body: { a: 1 }, repeatable: false } as const;
const JSON_TYPE = { 'content-type': 'application/json' };
const PROBLEM_TYPE = { 'content-type': 'application/problem+json' };

/** What stands between a client and the service may say. */
const FOREIGN: readonly (readonly [string, ScriptedAnswer])[] = [
  ...[200, 204, 400, 401, 403, 404, 409, 410, 413, 421, 429, 431, 500, 502, 503, 504].map(
    (status) => [`an HTML page with ${status}`, { foreign: true, status, body: '<h1>Oops</h1>' }] as const,
  ),
  ['a JSON page of a gateway', { foreign: true, status: 403, headers: JSON_TYPE, body: { message: 'Forbidden' } }],
  ['a problem of somebody else', { ...problem(404, 'request.not-found'), foreign: true, headers: PROBLEM_TYPE }],
  [
    'a problem that is not the service’s',
    { status: 404, body: { type: 'about:blank', title: 'Not Found', status: 404 } },
  ],
  ['a problem with another status', { ...problem(404, 'request.not-found'), status: 410 }],
  ['a refusal that is not a problem document', { ...problem(404, 'request.not-found'), headers: JSON_TYPE }],
  ['a page in place of a service’s body', { headers: { 'content-type': 'text/html' }, body: { n: 1 } }],
  ['an answer that was cut off', { body: '{"n":1' }],
  ['a redirect', { status: 302, headers: { location: 'https://portal.example/login' } }],
];
describe('A request', () => {
  it('a request is repeated until the network lets it through, where repeating does no harm', async () => {
    const [server, transport] = await scripted((_, count) => (count < 3 ? { hangUp: true } : { body: { n: 1 } }));
    expect(await transport.request(read)).toEqual({ n: 1 });
    expect(server.seen).toHaveLength(3);
  });

  it('a request is sent once where a repetition could act twice', async () => {
    const [server, transport] = await scripted(() => ({ hangUp: true }));
    await expect(transport.request(write)).rejects.toMatchObject({ code: 'client.network' });
    expect(server.seen).toHaveLength(1);
  });

  it('a request gives up after the last attempt', async () => {
    const [server, transport] = await scripted(() => problem(503, 'server.unavailable'));
    await expect(transport.request(read)).rejects.toBeInstanceOf(ApiError);
    expect(server.seen).toHaveLength(5);
  });

  it('a request waits as long as a busy server asks', async () => {
    const [server, transport] = await scripted((_, count) =>
      count === 1 ? problem(429, 'request.rate-limited', { 'retry-after': '1' }) : { body: { n: 2 } },
    );
    const began = performance.now();
    expect(await transport.request(write)).toEqual({ n: 2 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(server.seen).toHaveLength(2);
  });

  it('a request passes a refusal on that asks for too long a wait', async () => {
    const [server, transport] = await scripted(() => problem(429, 'request.rate-limited', { 'retry-after': '3600' }));
    await expect(transport.request(read)).rejects.toMatchObject({
      code: 'request.rate-limited',
      retryAfterMs: 3600_000,
    });
    expect(server.seen).toHaveLength(1);
  });

  it('a request times out on a server that says nothing', async () => {
    const options = { timeoutMs: 50, retry: { attempts: 2, firstDelayMs: 1 } };
    const [server, transport] = await scripted(() => ({ silence: true }), options);
    await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.timeout' });
    expect(server.seen).toHaveLength(2);
  });

  it('a request ends at once when the caller gives up', async () => {
    const controller = new AbortController();
    const [, transport] = await scripted(() => {
      controller.abort();
      return { silence: true };
    });
    const asking = transport.request({ ...read, signal: controller.signal });
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('a request never follows a redirect', async () => {
    const [other] = await scripted(() => ({ body: { n: 666 } }));
    const [, transport] = await scripted(() => ({ status: 307, headers: { location: `${other.url}/v1/thing` } }));
    await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.redirect-refused' });
    expect(other.seen).toEqual([]);
  });

  it('a request refuses an answer of another shape', async () => {
    for (const body of [[], { n: -1 }, { n: '1' }, { n: 1.5 }, null, {}]) {
      const [, transport] = await scripted(() => ({ body: body === null ? 'null' : body }));
      await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.bad-answer' });
    }
  });

  it.each(FOREIGN)(
    'a request takes what something else answers for a failure of the network: %s',
    async (_, answer) => {
      const [server, transport] = await scripted((_request, count) => (count < 3 ? answer : { body: { n: 1 } }));
      expect(await transport.request(read)).toEqual({ n: 1 });
      expect(server.seen).toHaveLength(3);
      const failing = transport.request({ ...write, body: { a: 2 } });
      expect(await failing).toEqual({ n: 1 });
      const [, lost] = await scripted(() => answer);
      const refusal = await lost.request(write).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(NetworkError);
    },
  );

  it('a request is not sent again at once where a gateway asks for a pause', async () => {
    const page = { foreign: true, status: 503, headers: { 'retry-after': '3600' }, body: '<h1>Later</h1>' };
    const [server, transport] = await scripted(() => page);
    await expect(transport.request(read)).rejects.toMatchObject({
      code: 'client.foreign-answer',
      retryAfterMs: 3600_000,
    });
    expect(server.seen).toHaveLength(1);
  });

  it('a request refuses the answer of another service', async () => {
    const headers = { 'sealpost-service': 'other.example; version=1.0.0' };
    const [server, transport] = await scripted(() => ({ headers, body: { n: 1 } }));
    await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.wrong-service' });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['many small values', `[${'{},'.repeat(40_000)}{}]`],
    ['depth', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['bytes', `{"n":1,"x":"${'a'.repeat(200_000)}"}`],
  ])('a request reads no more than an honest answer has: %s', async (_, body) => {
    for (const status of [200, 400]) {
      const [, transport] = await scripted(() => ({ status, body }));
      await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.bad-answer' });
    }
  });

  it('a request stops reading a compressed answer where it becomes too large', async () => {
    const body = gzipSync(`[${'{},'.repeat(40_000_000)}{}]`);
    expect(body.length).toBeLessThan(200_000);
    const server = createServer((_request, response) => {
      const own = { 'sealpost-service': serviceHeader(SCRIPTED_SERVICE, '0.0.0'), 'content-type': 'application/json' };
      response.writeHead(200, { ...own, 'content-encoding': 'gzip' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transport = new Transport(new ServiceAddress({ url, serviceId: SCRIPTED_SERVICE }), FAST, () => 0.5);
    try {
      await expect(transport.request(read)).rejects.toMatchObject({ code: 'client.bad-answer' });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('A session', () => {
  const tokens = (n: number) => ({
    accessToken: `access-${n}`,
    accessTokenExpiresAt: 1,
    refreshToken: `refresh-${n}`,
    refreshTokenExpiresAt: 1,
    deviceToken: `device-${n}`,
  });
  type Tokens = ReturnType<typeof tokens>;

  async function session(script: Script): Promise<{ server: ScriptedServer; access: Access; kept: Tokens[] }> {
    const [server, transport] = await scripted(script);
    const kept = [tokens(1)];
    const store = {
      readTokens: async () => kept.at(-1) ?? null,
      writeTokens: async (renewed: Tokens) => void kept.push(renewed),
    };
    return { server, access: new Access(transport, store), kept };
  }

  it('a session of a client renews its token once for all requests that find it expired together', async () => {
    const { server, access, kept } = await session((request) => {
      if (request.url === '/v1/auth/refresh') return { body: tokens(2) };
      return request.authorization === 'Bearer access-2' ? { body: { n: 1 } } : problem(401, 'auth.token-expired');
    });
    const answers = await Promise.all(Array.from({ length: 10 }, () => access.request(read)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ n: 1 })));
    expect(server.seen.filter(({ url }) => url === '/v1/auth/refresh').map(({ body }) => body)).toEqual([
      '{"refreshToken":"refresh-1"}',
    ]);
    expect(kept.at(-1)).toEqual(tokens(2));
  });

  it('a session of a client repeats a renewal with the same token when the answer was lost', async () => {
    let lost = 0;
    const { server, access } = await session((request) => {
      if (request.url === '/v1/auth/refresh') return lost++ === 0 ? { hangUp: true } : { body: tokens(2) };
      return request.authorization === 'Bearer access-2' ? { body: { n: 1 } } : problem(401, 'auth.token-expired');
    });
    expect(await access.request(read)).toEqual({ n: 1 });
    const renewals = server.seen.filter(({ url }) => url === '/v1/auth/refresh');
    expect(renewals.map(({ body }) => body)).toEqual(Array(2).fill('{"refreshToken":"refresh-1"}'));
  });

  it('a session of a client is over when the server refuses the renewal', async () => {
    const { access } = await session((request) =>
      request.url === '/v1/auth/refresh' ? problem(401, 'auth.refresh-refused') : problem(401, 'auth.token-expired'),
    );
    await expect(access.request(read)).rejects.toMatchObject({ code: 'auth.refresh-refused' });
  });

  it('a session of a client does not renew for ever when the new token is refused too', async () => {
    const { server, access } = await session((request) =>
      request.url === '/v1/auth/refresh' ? { body: tokens(2) } : problem(401, 'auth.unauthenticated'),
    );
    await expect(access.request(read)).rejects.toMatchObject({ code: 'auth.unauthenticated' });
    expect(server.seen).toHaveLength(3);
  });
});

describe('The address of a service', () => {
  const address = (url: string, origins?: string[]): ServiceAddress =>
    new ServiceAddress({ url, serviceId: 'msg.example', ...(origins === undefined ? {} : { origins }) });

  it('the address of a service is https, or on this machine', () => {
    for (const url of ['https://msg.example', 'http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:1']) {
      expect(address(url).resolve('v1/service').href).toBe(`${url}/v1/service`);
    }
    for (const url of ['http://msg.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1']) {
      expect(() => address(url)).toThrow(expect.objectContaining({ code: 'client.insecure-url' }));
    }
  });

  it('the address of a service lies within the allowed origins', () => {
    expect(() => address('https://msg.example', ['https://api.msg.example'])).toThrow(
      expect.objectContaining({ code: 'client.origin-refused' }),
    );
    expect(() => address('https://msg.example/api').resolve('//evil.example/x')).not.toThrow();
    expect(address('https://msg.example/api').resolve('//evil.example/x').origin).toBe('https://msg.example');
    expect(address('https://msg.example/api').resolve('v1/x').href).toBe('https://msg.example/api/v1/x');
  });

  it('the address of a service carries nothing but itself', () => {
    for (const url of ['ftp://msg.example', 'https://u:p@msg.example', 'https://msg.example/?a=b', 'msg.example']) {
      expect(() => address(url)).toThrow(expect.objectContaining({ code: 'client.invalid-argument' }));
    }
    expect(() => new ServiceAddress({ url: 'https://msg.example', serviceId: 'Msg' })).toThrow(
      expect.objectContaining({ code: 'client.invalid-argument' }),
    );
  });
});
