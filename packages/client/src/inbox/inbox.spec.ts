import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { waitFor } from '../../../../test/support/wait-for.js';
import { ClientError, NetworkError } from '../errors.js';
import type { PositionedEntry } from '../http/answers.js';
import { problem } from '../http/testing/scripted-server.js';
import { ClientState } from '../state/client-state.js';
import { MemoryStorage } from '../storage/memory-storage.js';
import type { InboxConnection } from './reconnect.js';
import type { OpenedEntry } from './entry-opener.js';
import { Inbox, type InboxOptions } from './inbox.js';
import { entryText, MailboxServer } from './testing/mailbox-server.js';

let server: MailboxServer;
let closing: AbortController;
let state: ClientState;
let tell: (connection: InboxConnection) => void;
beforeEach(async () => {
  server = await MailboxServer.start();
  closing = new AbortController();
  state = new ClientState(new MemoryStorage());
  tell = () => undefined;
});
afterEach(async () => {
  closing.abort();
  await server.stop();
});

const hook = { begin: () => undefined, done: async () => undefined, kept: async () => undefined };

/** What the entries of these tests are is of no interest here: only which of them come. */
async function open({ sequence }: PositionedEntry): Promise<OpenedEntry> {
  return { kind: 'refused', sequence, error: new ClientError('client.bad-answer', 'Not a real entry') };
}

function inbox(opener: { open: typeof open } = { open }): Inbox {
  return new Inbox(server.api(), state, opener, {
    hook,
    sharePlace: async () => undefined,
    tell: (connection) => tell(connection),
    closing: closing.signal,
  });
}

/** Reads in the background; ends after `last`. */
function listen(last: number, options: InboxOptions = {}): { read: number[]; done: Promise<void> } {
  const read: number[] = [];
  const done = (async () => {
    for await (const { sequence } of inbox().read({ wait: true, ...options })) {
      read.push(sequence);
      if (sequence >= last) break;
    }
  })();
  return { read, done };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('An inbox that listens', () => {
  it('an inbox that listens gets every entry once and in order, however often and wherever its connection is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1 }), async (sizes) => {
        let streams = 0;
        state = new ClientState(new MemoryStorage());
        server.rewind(0);
        server.bytesPerStream = () => sizes[streams++ % sizes.length] ?? 0;
        const { read, done } = listen(60);
        for (let n = 0; n < 12; n++) {
          server.deliver(5);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await done;
        expect(read).toEqual(upTo(60));
      }),
      { numRuns: 15 },
    );
  });

  it('an inbox that listens remembers what it is done with, and goes on there the next time', async () => {
    server.deliver(3);
    const first = listen(2);
    await first.done;
    const second = listen(3);
    await second.done;
    expect([first.read, second.read]).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it('an inbox that listens outlasts a server that is away, and says how it stands', async () => {
    const told: InboxConnection[] = [];
    server.pagePolicy = () => problem(503, 'server.unavailable');
    server.streamPolicy = () => problem(503, 'server.unavailable');
    tell = (connection) => void told.push(connection);
    const { read, done } = listen(2);
    await waitFor(() => told.length === 1 && server.pageRequests > 8);
    server.pagePolicy = () => null;
    server.streamPolicy = () => 'stream';
    await waitFor(() => server.openStreams === 1);
    server.deliver();
    await waitFor(() => read.length === 1);
    server.cut();
    server.deliver();
    await done;
    expect(read).toEqual([1, 2]);
    expect(told.map((one) => (one.state === 'connected' ? one.transport : one.error.code))).toEqual([
      'server.unavailable',
      'long-poll',
      'stream',
      'client.network',
      'stream',
    ]);
  });

  it('an inbox that listens tries an entry again that could not be opened because the network was away', async () => {
    server.deliver(2);
    const flaky = { open: jest.fn(open) };
    flaky.open.mockRejectedValueOnce(new NetworkError('client.network', 'Away'));
    const read: number[] = [];
    for await (const { sequence } of inbox(flaky).read({ wait: true })) {
      read.push(sequence);
      if (sequence === 2) break;
    }
    expect(read).toEqual([1, 2]);
    expect(flaky.open).toHaveBeenCalledTimes(3);
  });

  it('an inbox that listens stops at entries out of order, whatever brings them', async () => {
    const { done } = listen(9);
    await waitFor(() => server.openStreams === 1);
    server.write(entryText(2) + entryText(1));
    await expect(done).rejects.toMatchObject({ code: 'client.bad-answer' });
    await waitFor(() => server.openStreams === 0);
  });

  it('an inbox that listens notices that the mailbox was set back while it was disconnected', async () => {
    server.deliver(5);
    const { read, done } = listen(9);
    await waitFor(() => read.length === 5 && server.openStreams === 1);
    server.rewind(3);
    server.cut();
    await expect(done).rejects.toMatchObject({ code: 'client.mailbox-rewound' });
  });

  it('an inbox that listens ends with the session', async () => {
    const { done } = listen(9);
    await waitFor(() => server.openStreams === 1);
    server.end('session-ended');
    await expect(done).rejects.toMatchObject({ status: 401, code: 'auth.session-ended' });
  });

  it('an inbox that listens ends quietly with its signal and with the client, and leaves no connection behind', async () => {
    const signal = new AbortController();
    const one = listen(9, { signal: signal.signal });
    const other = listen(9);
    await waitFor(() => server.openStreams === 2);
    signal.abort();
    await one.done;
    expect(server.openStreams).toBeLessThanOrEqual(2);
    closing.abort();
    await other.done;
    await waitFor(() => server.openStreams === 0);
    await listen(9).done;
  });

  it('an inbox that listens ends while it pauses after a failure', async () => {
    server.pagePolicy = () => problem(503, 'server.unavailable', { 'retry-after': '3000' });
    tell = () => closing.abort();
    const { done } = listen(9);
    await done;
  });

  it('an inbox that listens closes its connection when the loop is left', async () => {
    const { done } = listen(1);
    await waitFor(() => server.openStreams === 1);
    server.deliver();
    await done;
    await waitFor(() => server.openStreams === 0);
  });
});
