import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freshUuid, registerUser, sendBytes, sendRaw, startServer, unreadableMessage, call } from '../support/index.js';
import type { RawResponse, TestUser } from '../support/index.js';
import { readDocument, routesOf } from '../support/openapi.js';

const REQUEST_TIMEOUT_MS = 1500;
const server = await startServer({ env: { SEALPOST_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) } });
const routes = routesOf(await readDocument(server)).map((route) => [route.name, route] as const);
const alice = await registerUser(server);
const bob = await registerUser(server);
const message = await sendMessage(alice, bob);
const JSON_TYPE = 'Content-Type: application/json\r\n';

async function sendMessage(from: TestUser, to: TestUser): Promise<string> {
  const body = unreadableMessage(from.identity, [to.identity]);
  expect((await call(server, 'POST', '/v1/messages', { token: from.token, body })).status).toBe(201);
  return body.id;
}

function expectProblem(answer: RawResponse, status: number, code: string): void {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  expect(answer.json()).toMatchObject({ status, code, type: `/problems/${code}` });
  // Also of what is refused before there is a route: clients take an answer without it for somebody else's.
  expect(answer.headers['sealpost-service']).toMatch(new RegExp(`^${server.serviceId}; version=`));
  const { instance } = answer.json() as { instance: string };
  expect(instance).toBe(`urn:sealpost:request:${answer.headers['x-request-id'] ?? 'none'}`);
}

/** A request with exactly these lines after Host. */
function bytesOf(line: string, headers = '', body = ''): string {
  return `${line}\r\nHost: sealpost.test\r\nConnection: close\r\n${headers}\r\n${body}`;
}

describe("other people's ids", () => {
  const withId = routes.filter(([, route]) =>
    route.parameters('path').some((parameter) => parameter.schema.format === 'uuid'),
  );
  const foreign = [
    ['that nobody has', freshUuid()],
    ["of another user's session", bob.sessionId],
    ["of a message in another user's mailbox", message],
  ] as const;

  it.each(withId.flatMap(([name, route]) => foreign.map(([whose, id]) => [name, whose, route, id] as const)))(
    'the route %s finds nothing for an id %s, and changes nothing',
    async (_name, _whose, route, id) => {
      const names = route.parameters('path').filter((parameter) => parameter.schema.format === 'uuid');
      const path = route.target(Object.fromEntries(names.map(({ name }) => [name, id])));
      const body = route.exampleBody();
      const answer = await sendRaw(server.url, {
        method: route.method,
        path,
        headers: {
          Authorization: `Bearer ${alice.token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const { status, code } = answer.json() as { status: number; code: string };
      expect(status).toBe(answer.status);
      // What takes a proof says nothing of an id before it has one.
      expect(`${status} ${code}`).toMatch(/^(404 .*not-found|403 auth\.proof-required)$/);
      const mailbox = await call<{ items: { id: string }[] }>(server, 'GET', '/v1/messages', { token: bob.token });
      expect(mailbox.status).toBe(200);
      expect(mailbox.body.items.map((entry) => entry.id)).toEqual([message]);
    },
  );
});

describe('an unacceptable HTTP request', () => {
  it.each([
    ['a line that is none', 'HELLO'],
    ['an unknown method', bytesOf('BREW /v1/service HTTP/1.1')],
    ['an unknown version', bytesOf('GET /v1/service HTTP/7.0')],
    ['a space in the path', bytesOf('GET /v1/ser vice HTTP/1.1')],
    ['a control character in a header', bytesOf('GET /v1/service HTTP/1.1', 'X-A: \x01\r\n')],
    ['two hosts', bytesOf('GET /v1/service HTTP/1.1', 'Host: elsewhere.test\r\n')],
    ['two media types', bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}${JSON_TYPE}Content-Length: 2\r\n`, '{}')],
    ['no Host', 'GET /v1/service HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n`, '{}'),
    ],
    [
      'a length and chunks',
      bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n`, '{}'),
    ],
    [
      'chunks that are none',
      bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 'zz\r\n'),
    ],
    ['a negative length', bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Content-Length: -1\r\n`)],
  ])('an HTTP request that is not acceptable is refused with a problem: %s', async (_, bytes) => {
    const answer = await sendBytes(
      server.url,
      bytes.endsWith('\r\n\r\n') || bytes.includes('{}') ? bytes : `${bytes}\r\n\r\n`,
    );
    expectProblem(answer, 400, 'request.invalid');
  });

  it('an HTTP request that is not acceptable is refused with an expectation that nobody can meet', async () => {
    const bytes = bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Expect: wonders\r\nContent-Length: 2\r\n`, '{}');
    expectProblem(await sendBytes(server.url, bytes), 417, 'request.invalid');
  });

  it('an HTTP request that is not acceptable is refused when its headers are too large', async () => {
    const answer = await sendBytes(
      server.url,
      bytesOf('GET /v1/service HTTP/1.1', `X-Long: ${'a'.repeat(20_000)}\r\n`),
    );
    expectProblem(answer, 431, 'request.too-large');
  });

  it('an HTTP request that is not acceptable is refused when it announces more than the limit, before that is sent', async () => {
    const headers = `${JSON_TYPE}Content-Length: 99999999\r\n`;
    expectProblem(
      await sendBytes(server.url, bytesOf('POST /v1/auth/login HTTP/1.1', headers)),
      413,
      'request.too-large',
    );
  });

  it('an HTTP request that is not acceptable is refused when chunks without an announced length exceed the limit', async () => {
    const chunk = `${(1024 * 1024).toString(16)}\r\n${' '.repeat(1024 * 1024)}\r\n`;
    const headers = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`;
    expectProblem(
      await sendBytes(server.url, bytesOf('POST /v1/auth/login HTTP/1.1', headers, chunk)),
      413,
      'request.too-large',
    );
  });

  it.each([
    ['headers', 'POST /v1/auth/login HTTP/1.1\r\nHost: sealpost.test\r\n'],
    ['the body', bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Content-Length: 100\r\n`, '{"loginId":')],
  ])('an HTTP request that is not acceptable is refused when %s do not arrive in time', async (_, bytes) => {
    expectProblem(await sendBytes(server.url, bytes), 408, 'request.timeout');
  });

  it('an HTTP request that is not acceptable does no harm when the client leaves in the middle of it', async () => {
    const bytes = bytesOf('POST /v1/auth/login HTTP/1.1', `${JSON_TYPE}Content-Length: 1000\r\n`, '{"loginId":');
    await Promise.all(Array.from({ length: 20 }, () => leaveAfter(bytes)));
    expect((await sendRaw(server.url, { path: '/health/ready' })).status).toBe(200);
    expect(server.logs()).not.toMatch(/"level":"(?:error|fatal)"/);
  });
});

describe('paths and methods', () => {
  it.each([
    '/',
    '/v1',
    '/v1/messages/',
    '//v1/messages',
    '/V1/messages',
    '/v1/../v1/messages',
    '/v1/unknown',
    '/%2e%2e/etc',
  ])('the path %s does not exist', async (path) => {
    expectProblem(await sendRaw(server.url, { path }), 404, 'request.not-found');
  });

  it.each(['/%', '/%zz', '/v1/%ff', '/v1/messages/%c0%80'])(
    'the path %s is refused, as it is not UTF-8 in percent-encoding',
    async (path) => {
      expectProblem(await sendRaw(server.url, { path }), 400, 'request.invalid');
    },
  );

  it.each(routes)('the route %s refuses other methods with 405 and names its own', async (_, route) => {
    const path = route.target();
    const own = routes.filter(([, other]) => other.path === route.path).map(([, other]) => other.method);
    for (const method of ['PUT', 'PATCH', 'TRACE'].filter((one) => !own.includes(one))) {
      const answer = await sendRaw(server.url, { method, path });
      expectProblem(answer, 405, 'request.method-not-allowed');
      expect(answer.headers['allow']?.split(', ')).toEqual(expect.arrayContaining([...own, 'OPTIONS']));
    }
    const options = await sendRaw(server.url, { method: 'OPTIONS', path });
    expect([options.status, options.headers['access-control-allow-origin']]).toEqual([204, undefined]);
    expect(options.headers['allow']?.split(', ')).toEqual(expect.arrayContaining(own));
  });
});

/** Sends this much of a request and cuts the connection. */
function leaveAfter(bytes: string): Promise<void> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes, () => socket.resetAndDestroy());
    });
    socket.on('error', reject);
    socket.on('close', () => {
      resolve();
    });
  });
}
