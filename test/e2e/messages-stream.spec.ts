import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  call,
  expectOk,
  freshUuid,
  logIn,
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { EventStreamReader, requestText, type StreamOptions } from '../support/event-stream.js';
import { sendMessage } from '../support/messages-api.js';
import { callAsOwner } from '../support/signing-proof.js';

describe('A stream of messages', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startServer({
      env: { SEALPOST_STREAM_HEARTBEAT_SECONDS: '1', SEALPOST_CORS_ORIGINS: 'https://app.example' },
    });
    alice = await registerUser(server);
  });

  const open = (user: TestUser, options: Partial<StreamOptions> = {}) =>
    EventStreamReader.open(server, { token: user.token, ...options });
  const send = async (options: { conversationId?: string } = {}) => {
    const body = unreadableMessage(alice.identity, [bob.identity], options);
    expect((await sendMessage(server, alice, body)).status).toBe(201);
    return body;
  };

  beforeAll(async () => {
    bob = await registerUser(server);
  });

  it('a stream of messages begins with where the mailbox is and what it holds, and brings each new message as it is sent', async () => {
    const reader = await registerUser(server);
    const first = unreadableMessage(alice.identity, [reader.identity]);
    await sendMessage(server, alice, first);
    const stream = await open(reader);
    expect(stream.status).toBe(200);
    await stream.arrived(1);
    const second = unreadableMessage(alice.identity, [reader.identity]);
    await sendMessage(server, alice, second);
    const entries = await stream.arrived(2);
    expect(stream.events[0]).toEqual({ event: '', data: '' });
    expect(stream.mailbox).toEqual({ lastSequence: 1, acknowledgedUpTo: 0 });
    expect(stream.events.filter(({ event }) => event === 'message').map(({ id }) => id)).toEqual(['1', '2']);
    const page = await expectOk<{ items: unknown[] }>(server, 'GET', '/v1/messages', { token: reader.token });
    expect(entries).toEqual(page.items);
    stream.close();
  });

  it('a stream of messages goes on after the last event that the reader has, whatever its query says', async () => {
    const [one, two] = [await send(), await send()];
    const stream = await open(bob, { after: 0 });
    const seen = await stream.arrived(2);
    expect(seen.map(({ id }) => id)).toEqual([one.id, two.id]);
    stream.close();
    const three = await send();
    const resumed = await open(bob, { after: 0, headers: { 'last-event-id': stream.lastEventId ?? '' } });
    const four = await send();
    expect((await resumed.arrived(2)).map(({ id }) => id)).toEqual([three.id, four.id]);
    resumed.close();
  });

  it('a stream of messages brings only the messages of one conversation where asked to', async () => {
    const conversationId = freshUuid();
    const stream = await open(bob, { conversationId });
    await send();
    const wanted = await send({ conversationId });
    await send();
    const last = await send({ conversationId });
    expect((await stream.arrived(2)).map(({ id }) => id)).toEqual([wanted.id, last.id]);
    stream.close();
  });

  it('a stream of messages is kept alive by heartbeats', async () => {
    const stream = await open(bob, { after: Number.MAX_SAFE_INTEGER });
    await waitFor(() => stream.heartbeats >= 2, { what: 'heartbeats' });
    expect(stream.entries).toEqual([]);
    stream.close();
  });

  it('a stream of messages is readable by the web pages that may call the API, by no cache, and at once through proxies', async () => {
    const stream = await open(bob, { headers: { origin: 'https://app.example', 'x-request-id': 'mine' } });
    const names = ['content-type', 'cache-control', 'x-accel-buffering', 'access-control-allow-origin', 'connection'];
    expect(names.map((name) => stream.header(name))).toEqual([
      'text/event-stream',
      'no-store',
      'no',
      'https://app.example',
      'close',
    ]);
    expect(stream.header('x-request-id')).toBeDefined();
    expect(stream.header('sealpost-service')).toMatch(/; version=/);
    expect(stream.header('x-content-type-options')).toBe('nosniff');
    stream.close();
    const preflight = await call(server, 'OPTIONS', '/v1/messages/stream', {
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,last-event-id',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id');
  });

  it('a stream of messages is refused as any other request where it cannot begin', async () => {
    for (const id of ['x', '-1', '01', '1.5', '9007199254740992', '1, 2']) {
      const stream = await open(bob, { headers: { 'last-event-id': id } });
      expect([id, stream.status, (await stream.problem()).code]).toEqual([id, 400, 'request.invalid']);
    }
    const stranger = await open(bob, { token: 'nobody' });
    expect([stranger.status, (await stranger.problem()).code]).toEqual([401, 'auth.unauthenticated']);
    const odd = await open(bob, { after: 'x' });
    expect([odd.status, (await odd.problem()).errors?.[0]]).toMatchObject([400, { parameter: 'after' }]);
    expect((await call(server, 'POST', '/v1/messages/stream', { token: bob.token, body: {} })).status).toBe(405);
    const head = await call(server, 'HEAD', '/v1/messages/stream', { token: bob.token });
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([200, 'text/event-stream', '']);
  });

  it('a stream of messages takes a connection of its own: what is sent along with it is not answered into it', async () => {
    const stream = await open(bob);
    stream.socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await send();
    await stream.arrived(1);
    expect(JSON.stringify(stream.events)).not.toContain('HTTP/1.1');
    stream.close();
    const reader = await EventStreamReader.open(server, {
      token: bob.token,
      headers: {
        'x-more': `1\r\n\r\n${requestText({ token: bob.token })}GET /health/live HTTP/1.1\r\nhost: localhost`,
      },
    });
    await reader.ended();
    expect(reader.events.filter(({ event }) => event.includes('HTTP'))).toEqual([]);
  });

  it('a stream of messages ends when its session does, and nothing arrives any more', async () => {
    const reader = await registerUser(server);
    const stream = await open(reader);
    const other = await logIn(server, reader.identity);
    const path = `/v1/account/sessions/${reader.sessionId}`;
    expect((await callAsOwner(server, other, 'DELETE', path)).status).toBe(204);
    expect(await stream.ended()).toBe('session-ended');
    const again = await open(reader);
    expect([again.status, (await again.problem()).code]).toEqual([401, 'auth.session-ended']);
  });

  it('a stream of messages leaves one line in the log when it ends, with what it carried', async () => {
    const stream = await open(bob, { headers: { 'x-request-id': freshUuid() } });
    const id = stream.header('x-request-id') ?? 'none';
    await stream.arrived(1);
    expect(server.logs()).not.toContain(id);
    stream.close();
    await waitFor(() => server.logs().includes(id));
    const lines = server
      .logs()
      .split('\n')
      .filter((line) => line.includes(id));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ route: '/v1/messages/stream', status: 200, aborted: true });
  });
});
