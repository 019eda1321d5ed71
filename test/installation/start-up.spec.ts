import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  embeddedPostmaster,
  launchProcess,
  registerUser,
  sendRaw,
  startProcess,
  startServer,
  waitFor,
} from '../support/index.js';
import type { TestProcess, TestServer } from '../support/index.js';

const SLOW_MODULE = resolve(import.meta.dirname, '../support/slow-module.mjs');

describe('a start', () => {
  let server: TestProcess;
  beforeAll(async () => {
    server = await startProcess({ database: 'embedded', env: { SEALPOST_REGISTRATION: 'invitation' } });
  });

  it('a start of the server tells where the API, Swagger UI, the database and the secrets are', async () => {
    const lines = server.logs();
    expect(lines).toContain(`API           ${server.url}`);
    expect(lines).toContain(`Swagger UI    ${server.url}/docs`);
    expect(lines).toContain(`Service id    ${server.serviceId}`);
    expect(lines).toContain('Registration  by invitation (npm run admin -- invite)');
    expect(lines).toMatch(new RegExp(`Database {6}PostgreSQL \\d+\\.\\d+.*${server.dataDir}`));
    expect(lines).toContain(`Secrets       ${join(server.dataDir, 'secrets.json')} (made just now; back it up)`);
    expect((await fetch(`${server.url}/docs`)).status).toBe(200);
    expect((await fetch(`${server.url}/openapi.json`)).status).toBe(200);
  });

  it('a start of the server takes seconds the second time, and finds the secrets', async () => {
    await server.stop();
    const before = performance.now();
    await server.restart();
    expect(performance.now() - before).toBeLessThan(60_000);
    expect(server.logs().match(/made just now/g)).toHaveLength(1);
  });

  it('a start of the server does not build again when nothing has changed', async () => {
    const check = spawn(process.execPath, ['scripts/build-if-needed.mjs', '--check'], { stdio: 'inherit' });
    expect(await new Promise((done) => check.on('close', done))).toBe(0);
  });

  it('a start of the server names the port when another program has it', async () => {
    const other = await listen();
    const { port } = other.address() as AddressInfo;
    const second = await launchProcess({ env: { SEALPOST_PORT: String(port) } });
    expect((await second.exited()).code).toBe(1);
    expect(second.logs()).toContain(`Another program already listens on 127.0.0.1, port ${port}.`);
    expect(second.logs()).not.toContain('    at ');
    other.close();
  });

  it('a start of the server refuses the data folder of another server that runs', async () => {
    const second = await launchProcess({ database: 'embedded', sharing: server, env: { SEALPOST_PORT: '0' } });
    expect((await second.exited()).code).toBe(1);
    expect(second.logs()).toMatch(/^Sealpost cannot start\.\nAnother server .* is running on the data folder/m);
    expect(second.logs()).not.toContain('    at ');
    expect((await sendRaw(server.url, { path: '/health/ready' })).status).toBe(200);
  });

  it.each([
    ['./nowhere.mjs', /additional module .*nowhere\.mjs cannot be loaded/],
    ['./package.json', /additional module .*package\.json cannot be loaded/],
    ['node:path', /additional module node:path has no Nest module as its default export/],
  ])('a start of the server names an additional module that cannot be used: %s', async (name, message) => {
    await expect(startServer({ env: { SEALPOST_MODULES: name } })).rejects.toThrow(message);
  });
});

describe('the log', () => {
  it('the log of a server has one line for each request, with its id and its route but neither query nor address', async () => {
    const server = await startServer();
    const { headers } = await sendRaw(server.url, { path: '/problems/request.invalid?secret-looking=value' });
    await sendRaw(server.url, { path: '/nothing-here/alice@example.org' });
    const lines = await waitFor(() => {
      const found = requestLines(server);
      return found.length === 2 ? found : null;
    });
    expect(lines[0]).toMatchObject({ requestId: headers['x-request-id'], method: 'GET', route: '/problems/:code' });
    expect(lines[1]).toMatchObject({ status: 404, ms: expect.any(Number), bytes: expect.any(Number) });
    expect(server.logs()).not.toMatch(/secret-looking|alice|127\.0\.0\.1"/);
  });
});

describe('the log of an abandoned request', () => {
  it('the log of a request whose client has left says so, and that it ended at once', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const headers = { authorization: `Bearer ${alice.token}` };
    const leaving = AbortSignal.timeout(500);
    await expect(fetch(`${server.url}/v1/messages?wait=30`, { headers, signal: leaving })).rejects.toThrow();
    const line = await waitFor(() =>
      requestLines(server).find((line) => line['method'] === 'GET' && line['route'] === '/v1/messages'),
    );
    expect(line).toMatchObject({ aborted: true, requestId: expect.any(String) });
    expect(line).not.toHaveProperty('status');
    expect(line['ms']).toBeLessThan(29_000);
  });
});

describe('a shutdown', () => {
  it('a shutdown of the server finishes the request in flight, refuses new ones, and ends with code 0', async () => {
    const { server, file, answer } = await serverWithRequestInFlight({});
    const stopped = server.stop();
    await waitFor(() => server.logs().includes('"message":"Stopping"'));
    await waitFor(() => sendRaw(server.url, { path: '/health/live' }).then(() => false, isRefused));
    await writeFile(file, '');
    expect((await answer).json()).toEqual({ waited: true });
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('a shutdown of the server answers those who wait for messages at once, and does not wait for idle connections', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const headers = { Authorization: `Bearer ${alice.token}` };
    const poll = sendRaw(server.url, { path: '/v1/messages?wait=30', headers });
    await sendRaw(server.url, { path: '/health/live' });
    const before = performance.now();
    expect((await server.stop()).code).toBe(0);
    expect((await poll).status).toBe(200);
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it('a shutdown of the server does not wait for connections that clients keep open', async () => {
    const server = await startServer();
    const alice = await registerUser(server);
    const poll = `GET /v1/messages?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`;
    const begun = [poll, 'GET /health/live HT', '', poll.repeat(3)];
    const connections = await Promise.all(begun.map((bytes) => keepOpen(server, bytes)));
    (await keepOpen(server, poll.repeat(3))).leave();
    await sendRaw(server.url, { path: '/health/live' });
    expect((await server.stop()).code).toBe(0);
    expect(server.logs()).not.toContain('Requests in flight are cut off');
    for (const index of [0, 3]) expect(connections[index]?.received()).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('a shutdown of the server cuts off what does not finish in time, and says so with code 1', async () => {
    const { server, answer } = await serverWithRequestInFlight({ SEALPOST_SHUTDOWN_GRACE_MS: '300' });
    const cut = expect(answer).rejects.toThrow();
    expect((await server.stop()).code).toBe(1);
    expect(server.logs()).toContain('Requests in flight are cut off');
    await cut;
  });

  it('a shutdown of the server does not wait after a second signal', async () => {
    const { server, answer } = await serverWithRequestInFlight({ SEALPOST_SHUTDOWN_GRACE_MS: '600000' });
    const cut = expect(answer).rejects.toThrow();
    let ended = false;
    const stopped = server.stop().finally(() => (ended = true));
    // Those of the first second are taken for the same keypress.
    await waitFor(() => ended || (process.kill(server.pid, 'SIGINT'), false));
    expect((await stopped).code).toBe(1);
    expect(server.logs()).toContain('The server was told to stop at once');
    await cut;
  });
});

describe('an error that nobody handles', () => {
  it('an error that nobody handles ends the server with code 1, a log line and a stopped database', async () => {
    const server = await startProcess({ database: 'embedded', env: { SEALPOST_MODULES: SLOW_MODULE } });
    await sendRaw(server.url, { path: '/slow/fail' }).catch(() => 'the server was faster');
    expect((await server.exited()).code).toBe(1);
    expect(server.logs()).toMatch(/"level":"fatal".*nobody handles this/);
    expect(await embeddedPostmaster(server.dataDir)).toBeNull();
  });
});

async function serverWithRequestInFlight(env: Record<string, string>) {
  const server = await startProcess({ env: { SEALPOST_MODULES: SLOW_MODULE, ...env } });
  const file = join(server.dataDir, 'go-on');
  const answer = sendRaw(server.url, { path: '/slow/wait', headers: { 'X-Wait-For-File': file } });
  await waitFor(async () => (await sendRaw(server.url, { path: '/slow/count' })).text === '{"waiting":1}');
  return { server, file, answer };
}

/** A connection that sends these bytes and then stays. */
async function keepOpen(server: TestServer, bytes: string): Promise<{ received(): string; leave(): void }> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (data) => (received += data.toString('latin1'))).on('error', () => undefined);
  await new Promise((sent) => socket.write(bytes, sent));
  return { received: () => received, leave: () => socket.destroy() };
}

function requestLines(server: TestServer): Record<string, unknown>[] {
  return server
    .logs()
    .split('\n')
    .filter((line) => line.includes('"message":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

function listen(): Promise<TcpServer> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      done(server);
    });
  });
}
