import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../../../test/support/wait-for.js';
import { problem } from '../../http/testing/scripted-server.js';
import { MailboxServer } from '../testing/mailbox-server.js';
import { TransportChoice, CHOICE_TIMES, type TransportPreference, type ChoiceTimes } from './transport-choice.js';
import { LongPollTransport } from './long-poll-transport.js';
import { StreamTransport } from './stream-transport.js';

const FOREVER = Number.POSITIVE_INFINITY;

let server: MailboxServer;
let abort: AbortController;
beforeEach(async () => {
  server = await MailboxServer.start();
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await server.stop();
});

function choice(times: Partial<ChoiceTimes> = {}, preference: TransportPreference = 'auto'): TransportChoice {
  const api = server.api();
  const scope = { signal: abort.signal };
  const stream = new StreamTransport(api, scope, { firstEventMs: 200, silenceMs: 10_000 });
  return new TransportChoice(preference, new LongPollTransport(api, scope), stream, { ...CHOICE_TIMES, ...times });
}

/** Reads on, whatever breaks, until this entry has come. */
async function readTo(transport: TransportChoice, last: number, from = 0): Promise<number[]> {
  const read: number[] = [];
  for (let after = from; after < last; after = read.at(-1) ?? from) {
    const slice = await transport.next(after, FOREVER).catch(() => ({ entries: [] }));
    read.push(...slice.entries.map(({ sequence }) => sequence));
  }
  return read;
}

describe('The transport of the mailbox', () => {
  it('the transport of the mailbox is a page for what is there, and a stream for what comes', async () => {
    server.deliver(120);
    const transport = choice();
    expect(await readTo(transport, 120)).toHaveLength(120);
    expect(server.streamRequests).toEqual([]);
    const waiting = readTo(transport, 121, 120);
    await waitFor(() => server.openStreams === 1);
    server.deliver();
    expect(await waiting).toEqual([121]);
    expect(transport.name).toBe('stream');
    expect(server.streamRequests.map(({ after }) => after)).toEqual(['120']);
  });

  it('the transport of the mailbox is never a stream where nobody waits, waits for a time, or wants one', async () => {
    for (const [transport, waitMs] of [
      [choice(), 0],
      [choice(), 5],
      [choice({}, 'long-poll'), FOREVER],
    ] as const) {
      await transport.next(0, waitMs);
      await transport.next(0, waitMs);
    }
    expect(server.streamRequests).toEqual([]);
  });

  it('the transport of the mailbox is nothing but a stream where that is wanted', async () => {
    server.streamPolicy = () => problem(404, 'request.not-found');
    const transport = choice({}, 'stream');
    await transport.next(0, FOREVER);
    await expect(transport.next(0, FOREVER)).rejects.toMatchObject({ code: 'client.stream-unavailable' });
  });

  it('the transport of the mailbox is a page where there is no stream, until it is time to try one again', async () => {
    server.streamPolicy = () => problem(404, 'request.not-found');
    const transport = choice({ streamAgainMs: 1500 });
    await transport.next(0, FOREVER);
    server.deliver();
    expect(await readTo(transport, 1)).toEqual([1]);
    expect(transport.name).toBe('long-poll');
    expect(server.streamRequests).toHaveLength(1);
    server.streamPolicy = () => 'stream';
    await waitFor(async () => {
      await transport.next(1, FOREVER);
      return transport.name === 'stream';
    });
    expect(server.streamRequests).toHaveLength(2);
  });

  it('the transport of the mailbox is a page where a proxy keeps what streams say', async () => {
    server.streamPolicy = () => 'silent-stream';
    const transport = choice();
    await transport.next(0, FOREVER);
    server.deliver();
    expect(await readTo(transport, 1)).toEqual([1]);
    expect(transport.name).toBe('long-poll');
  });

  it('the transport of the mailbox is a page for a while where the account has too many streams', async () => {
    server.streamPolicy = () => problem(429, 'messages.too-many-readers', { 'retry-after': '1' });
    const transport = choice();
    await transport.next(0, FOREVER);
    await expect(transport.next(0, FOREVER)).rejects.toMatchObject({ retryAfterMs: 1000 });
    server.deliver();
    expect(await readTo(transport, 1)).toEqual([1]);
    expect(server.streamRequests).toHaveLength(1);
  });

  it('the transport of the mailbox is a page for a while where streams break off again and again without having brought anything', async () => {
    server.bytesPerStream = () => 20;
    const transport = choice();
    await transport.next(0, FOREVER);
    for (let broken = 0; broken < 4; broken++) {
      await expect(transport.next(0, FOREVER)).rejects.toMatchObject({ code: 'client.network' });
    }
    await transport.next(0, 1);
    expect(await transport.next(0, FOREVER)).toEqual(expect.objectContaining({ entries: [] }));
    expect(transport.name).toBe('long-poll');
  });

  it('the transport of the mailbox stays a stream that breaks off but brings something each time', async () => {
    server.bytesPerStream = () => 250;
    const transport = choice();
    await transport.next(0, FOREVER);
    server.deliver(40);
    expect(await readTo(transport, 40)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(transport.name).toBe('stream');
    expect(server.streamRequests.length).toBeGreaterThan(5);
  });
});
