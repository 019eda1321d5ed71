import { createPrivateKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromUtf8, requireBase64Url } from '@sealpost/protocol';
import {
  call,
  killEmbeddedDatabase,
  registerUser,
  startProcess,
  type TestProcess,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { EventStreamReader, type StreamOptions } from '../support/event-stream.js';
import { sendMessage } from '../support/messages-api.js';
import { scrape } from '../support/scrape.js';
import { readSecrets } from '../support/server-secrets.js';

const SLOW_READERS = 100;
const LARGE_MESSAGES = 64;
const LARGE_BYTES = 190_000;
/** What all slow readers together may cost; each of them has 12 MB to read. */
const ROOM_BYTES = 200 * 1024 * 1024;

let server: TestProcess;
let alice: TestUser;

beforeAll(async () => {
  server = await startProcess({
    env: {
      SEALPOST_METRICS_PORT: '0',
      SEALPOST_STREAM_SLOW_SECONDS: '3',
      SEALPOST_READERS_PER_ACCOUNT: String(SLOW_READERS),
    },
  });
  alice = await registerUser(server);
});

const open = (user: TestUser, options: Partial<StreamOptions> = {}) =>
  EventStreamReader.open(server, { token: user.token, ...options });

async function send(to: TestUser, count: number, bodyBytes = 100): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const answer = await sendMessage(server, alice, unreadableMessage(alice.identity, [to.identity], { bodyBytes }));
    expect(answer.status).toBe(201);
  }
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The access token of a user as the server signs it, with an end of its own. */
async function tokenUntil(user: TestUser, unixSeconds: number): Promise<string> {
  const [head = '', body = ''] = user.token.split('.');
  const claims = JSON.parse(fromUtf8(requireBase64Url(body, 'claims'))) as object;
  const text = `${head}.${Buffer.from(JSON.stringify({ ...claims, exp: unixSeconds })).toString('base64url')}`;
  const { signingKeys } = await readSecrets(server);
  const key = createPrivateKey({ key: signingKeys[0]!.jwk, format: 'jwk' });
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

describe('The end of a stream', () => {
  it('the end of a stream comes with the end of the access token, and another token goes on without a gap', async () => {
    const bob = await registerUser(server);
    const token = await tokenUntil(bob, Math.floor(Date.now() / 1000) + 3);
    const stream = await open(bob, { token });
    await send(bob, 2);
    await stream.arrived(2);
    expect(await stream.ended()).toBe('token-expired');
    await send(bob, 2);
    const resumed = await open(bob, { headers: { 'last-event-id': stream.lastEventId ?? '' } });
    await resumed.arrived(2);
    await send(bob, 1);
    await resumed.arrived(3);
    expect([...stream.sequences, ...resumed.sequences]).toEqual(upTo(5));
    resumed.close();
  });

  it('a long poll ends with the access token as well, with what there is', async () => {
    const bob = await registerUser(server);
    const token = await tokenUntil(bob, Math.floor(Date.now() / 1000) + 2);
    const answer = await call<{ items: unknown[] }>(server, 'GET', '/v1/messages?wait=30', { token });
    expect([answer.status, answer.body.items]).toEqual([200, []]);
    const refused = await call<{ code: string }>(server, 'GET', '/v1/messages?wait=30', { token });
    expect([refused.status, refused.body.code]).toEqual([401, 'auth.token-expired']);
  });

  it('the end of a stream comes to readers that do not read, and costs the server no memory for their mailboxes', async () => {
    const bob = await registerUser(server);
    await send(bob, LARGE_MESSAGES, LARGE_BYTES);
    const before = await residentBytes();
    const streams = await Promise.all(Array.from({ length: SLOW_READERS }, () => open(bob, { paused: true })));
    let most = 0;
    const allEnded = async (): Promise<boolean> => {
      most = Math.max(most, await residentBytes());
      const { value } = await scrape(server);
      return value('sealpost_messages_stream_ends_total', { reason: 'slow-reader' }) === SLOW_READERS;
    };
    await waitFor(allEnded, { timeoutMs: 120_000, what: 'the end of all slow readers' });
    expect(most - before).toBeLessThan(ROOM_BYTES);
    const [slow, ...others] = streams;
    for (const stream of others) stream.close();
    slow!.socket.resume();
    await slow!.ended();
    const seen = slow!.sequences;
    expect(seen.length).toBeLessThan(LARGE_MESSAGES);
    const resumed = await open(bob, { headers: { 'last-event-id': slow!.lastEventId ?? '0' } });
    await resumed.arrived(LARGE_MESSAGES - seen.length);
    expect([...seen, ...resumed.sequences]).toEqual(upTo(LARGE_MESSAGES));
    resumed.close();
  });

  it('the end of a stream makes room for another reader of the account', async () => {
    const bob = await registerUser(server);
    const streams = await Promise.all(Array.from({ length: SLOW_READERS }, () => open(bob)));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    const refused = await open(bob);
    expect([refused.status, refused.header('retry-after')]).toEqual([429, '1']);
    expect((await refused.problem()).code).toBe('messages.too-many-readers');
    const poll = await call<{ code: string }>(server, 'GET', '/v1/messages?wait=1', { token: bob.token });
    expect([poll.status, poll.body.code]).toEqual([429, 'messages.too-many-readers']);
    expect((await call(server, 'GET', '/v1/messages', { token: bob.token })).status).toBe(200);
    streams[0]?.close();
    await waitFor(async () => {
      const stream = await open(bob);
      stream.close();
      return stream.status === 200;
    });
    for (const stream of streams) stream.close();
    await waitFor(async () => (await scrape(server)).value('sealpost_messages_streams_open') === 0);
  });
});

describe('A stream', () => {
  it('a stream brings what many send at once exactly once and in order', async () => {
    const bob = await registerUser(server);
    const stream = await open(bob);
    await Promise.all(Array.from({ length: 8 }, () => send(bob, 25)));
    await stream.arrived(200);
    expect(stream.sequences).toEqual(upTo(200));
    stream.close();
  });

  it('a stream ends when the server stops, which it does not wait for', async () => {
    const bob = await registerUser(server);
    const streams = await Promise.all([open(bob), open(bob)]);
    const stopped = server.stop();
    for (const stream of streams) expect(await stream.ended()).toBe('shutdown');
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(server.logs()).not.toContain('cut off');
    await server.restart();
    await send(bob, 1);
    const resumed = await open(bob);
    await resumed.arrived(1);
    resumed.close();
  });
});

describe('A stream while the database is away', () => {
  it('a stream while the database is away stays open, and goes on when the database is back', async () => {
    server = await startProcess({ database: 'embedded', env: { SEALPOST_STREAM_HEARTBEAT_SECONDS: '1' } });
    [alice] = await Promise.all([registerUser(server)]);
    const bob = await registerUser(server);
    const stream = await open(bob);
    await send(bob, 1);
    await stream.arrived(1);
    const { heartbeats } = stream;
    await killEmbeddedDatabase(server.dataDir);
    const body = unreadableMessage(alice.identity, [bob.identity]);
    await waitFor(async () => [200, 201].includes((await sendMessage(server, alice, body)).status));
    await stream.arrived(2);
    await waitFor(() => stream.heartbeats > heartbeats);
    expect(stream.sequences).toEqual([1, 2]);
    stream.close();
  });
});
