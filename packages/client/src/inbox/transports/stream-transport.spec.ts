import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UserApi } from '../../http/user-api.js';
import { NetworkError } from '../../errors.js';
import { problem } from '../../http/testing/scripted-server.js';
import { waitFor } from '../../../../../test/support/wait-for.js';
import { entryText, MailboxServer } from '../testing/mailbox-server.js';
import type { MailboxSlice } from './mailbox-transport.js';
import { STREAM_TIMES, StreamTransport, type StreamTimes } from './stream-transport.js';

let server: MailboxServer;
let abort: AbortController;
const transports: StreamTransport[] = [];
beforeEach(async () => {
  server = await MailboxServer.start();
  abort = new AbortController();
});
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  await server.stop();
});

function streaming(api: UserApi = server.api(), times: Partial<StreamTimes> = {}): StreamTransport {
  const transport = new StreamTransport(api, { signal: abort.signal }, { ...STREAM_TIMES, ...times });
  transports.push(transport);
  return transport;
}

const sequences = ({ entries }: MailboxSlice): number[] => entries.map(({ sequence }) => sequence);

/** Reads until this entry has come. */
async function readTo(transport: StreamTransport, last: number, from = 0): Promise<number[]> {
  const read: number[] = [];
  for (let after = from; after < last; after = read.at(-1) ?? from) {
    read.push(...sequences(await transport.next(after, Number.POSITIVE_INFINITY)));
  }
  return read;
}

const opened = (count = 1): Promise<boolean> =>
  waitFor(() => server.streamRequests.length >= count && server.openStreams === 1);

describe('A stream', () => {
  it('a stream of the mailbox says first how long the mailbox is, and brings what is there and what comes', async () => {
    server.deliver(2);
    const transport = streaming();
    const first = await transport.next(0, Number.POSITIVE_INFINITY);
    expect(first.lastSequence).toBe(2);
    const have = sequences(first);
    expect([...have, ...(await readTo(transport, 2, have.length))]).toEqual([1, 2]);
    const next = transport.next(2, Number.POSITIVE_INFINITY);
    server.deliver();
    expect(sequences(await next)).toEqual([3]);
    expect(server.streamRequests).toEqual([{ authorization: 'Bearer access-0', lastEventId: undefined, after: '0' }]);
  });

  it('a stream of the mailbox goes on behind what was handed over when it was cut, also in the middle of an entry', async () => {
    const transport = streaming();
    server.deliver(2);
    await readTo(transport, 2);
    server.write(entryText(3).slice(0, 30));
    const cut = transport.next(2, Number.POSITIVE_INFINITY);
    server.cut();
    await expect(cut).rejects.toMatchObject({ code: 'client.network' });
    server.deliver();
    expect(await readTo(transport, 3, 2)).toEqual([3]);
    expect(server.streamRequests[1]).toMatchObject({ lastEventId: '2', after: '2' });
    expect(transport.retryMs).toBe(1);
  });

  it('a stream of the mailbox returns with nothing when the time is over, and loses nothing by it', async () => {
    const transport = streaming();
    await transport.next(0, Number.POSITIVE_INFINITY);
    expect(await transport.next(0, 5)).toEqual({ entries: [], hasMore: false });
    server.deliver();
    expect(await readTo(transport, 1)).toEqual([1]);
    expect(server.streamRequests).toHaveLength(1);
  });

  it('a stream of the mailbox connects again at once with a new token when its own has expired', async () => {
    const transport = streaming();
    await transport.next(0, Number.POSITIVE_INFINITY);
    // Longer than a server that gives out nothing but expired tokens would leave it open.
    await transport.next(0, 1000);
    server.deliver();
    server.end('token-expired');
    server.deliver();
    expect(await readTo(transport, 2)).toEqual([1, 2]);
    expect(server.renewals).toBe(1);
    expect(server.streamRequests.map(({ authorization }) => authorization)).toEqual([
      'Bearer access-0',
      'Bearer access-1',
    ]);
    expect(server.streamRequests[1]?.lastEventId).toBe('1');
  });

  it('a stream of the mailbox does not run in circles where every token expires at once', async () => {
    const transport = streaming();
    await transport.next(0, Number.POSITIVE_INFINITY);
    server.end('token-expired');
    await expect(transport.next(0, Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'client.network' });
  });

  it('a stream of the mailbox renews its token before it expires, so that the next connection needs nothing but itself', async () => {
    const transport = streaming(server.api(1000));
    await transport.next(0, Number.POSITIVE_INFINITY);
    const waiting = readTo(transport, 1);
    await waitFor(() => server.renewals === 1);
    expect(server.openStreams).toBe(1);
    server.deliver();
    await waiting;
    expect(server.streamRequests).toHaveLength(1);
  });

  it('a stream of the mailbox is over with the session', async () => {
    const transport = streaming();
    await transport.next(0, Number.POSITIVE_INFINITY);
    server.end('session-ended');
    const waiting = transport.next(0, Number.POSITIVE_INFINITY);
    await expect(waiting).rejects.toMatchObject({ name: 'ApiError', status: 401, code: 'auth.session-ended' });
  });

  it('a stream of the mailbox is lost where the server shuts down, was not read, or gives a reason that nobody knows', async () => {
    for (const reason of ['shutdown', 'slow-reader', 'unavailable', 'moon-phase']) {
      const transport = streaming();
      await transport.next(0, Number.POSITIVE_INFINITY);
      server.end(reason);
      const waiting = transport.next(0, Number.POSITIVE_INFINITY);
      await expect(waiting).rejects.toMatchObject({ name: 'NetworkError', message: expect.stringContaining(reason) });
    }
  });

  it('a stream of the mailbox counts as dead when not even a heartbeat comes', async () => {
    const transport = streaming(server.api(), { silenceMs: 300 });
    await transport.next(0, Number.POSITIVE_INFINITY);
    const beating = setInterval(() => {
      server.write(': heartbeat\n\n');
    }, 20);
    expect(await transport.next(0, 600)).toMatchObject({ entries: [] });
    clearInterval(beating);
    await expect(transport.next(0, Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'client.timeout' });
    await waitFor(() => server.openStreams === 0);
  });

  it('a stream of the mailbox cannot be had where the server does not know it, or lets nothing through', async () => {
    const answers = [
      problem(404, 'request.not-found'),
      problem(405, 'request.method-not-allowed'),
      problem(406, 'request.not-acceptable'),
      { body: { entries: [] } },
      { silence: true },
    ];
    for (const answer of answers) {
      server.streamPolicy = () => answer;
      const waiting = streaming(server.api(), { firstEventMs: 200 }).next(0, Number.POSITIVE_INFINITY);
      await expect(waiting).rejects.toMatchObject({ code: 'client.stream-unavailable' });
    }
  });

  it.each([200, 302, 401, 404, 406, 410, 501, 502, 503])(
    'a stream of the mailbox may be had later where something else answers %d',
    async (status) => {
      server.streamPolicy = () => ({ foreign: true, status, body: '<h1>Log in</h1>' });
      const waiting = streaming(server.api(), {}).next(0, Number.POSITIVE_INFINITY);
      await expect(waiting).rejects.toBeInstanceOf(NetworkError);
      await waitFor(() => server.openConnections <= 1);
    },
  );

  it('a stream of the mailbox cannot be had where a proxy keeps what it should pass on', async () => {
    server.streamPolicy = () => 'silent-stream';
    const waiting = streaming(server.api(), { firstEventMs: 200 }).next(0, Number.POSITIVE_INFINITY);
    await expect(waiting).rejects.toMatchObject({ code: 'client.stream-unavailable' });
    await waitFor(() => server.openConnections === 0);
  });

  it('a stream of the mailbox must say what it says in the agreed form', async () => {
    const bad = [
      'event: message\nid: 1\ndata: {"sequence":2}\n\n',
      'event: message\ndata: {"sequence":1}\n\n',
      'event: message\nid: 1\ndata: {"sequence":\n\n',
      'event: mailbox\ndata: {}\n\n',
      `data: ${'x'.repeat(2 ** 21)}\n\n`,
    ];
    for (const text of bad) {
      const transport = streaming();
      await transport.next(0, Number.POSITIVE_INFINITY);
      server.write(text);
      await expect(transport.next(0, Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'client.bad-answer' });
      await waitFor(() => server.openStreams === 0);
    }
  });

  it('a stream of the mailbox ends with the signal, and leaves no connection behind', async () => {
    const transport = streaming();
    await transport.next(0, Number.POSITIVE_INFINITY);
    const waiting = transport.next(0, Number.POSITIVE_INFINITY);
    await opened();
    abort.abort();
    await expect(waiting).rejects.toBe(abort.signal.reason);
    await waitFor(() => server.openConnections === 0);
    await expect(transport.next(0, Number.POSITIVE_INFINITY)).rejects.toBe(abort.signal.reason);
  });
});
