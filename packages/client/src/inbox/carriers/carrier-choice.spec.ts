import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../../../test/support/wait-for.js';
import { problem } from '../../http/testing/scripted-server.js';
import { MailboxServer } from '../testing/mailbox-server.js';
import { CarrierChoice, CHOICE_TIMES, type CarrierPreference, type ChoiceTimes } from './carrier-choice.js';
import { PageCarrier } from './page-carrier.js';
import { StreamCarrier } from './stream-carrier.js';

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

function choice(times: Partial<ChoiceTimes> = {}, preference: CarrierPreference = 'auto'): CarrierChoice {
  const api = server.api();
  const scope = { signal: abort.signal };
  const stream = new StreamCarrier(api, scope, { firstEventMs: 200, silenceMs: 10_000 });
  return new CarrierChoice(preference, new PageCarrier(api, scope), stream, { ...CHOICE_TIMES, ...times });
}

/** Reads on, whatever breaks, until this entry has come. */
async function readTo(carrier: CarrierChoice, last: number, from = 0): Promise<number[]> {
  const read: number[] = [];
  for (let after = from; after < last; after = read.at(-1) ?? from) {
    const slice = await carrier.next(after, FOREVER).catch(() => ({ entries: [] }));
    read.push(...slice.entries.map(({ sequence }) => sequence));
  }
  return read;
}

describe('What brings the mailbox', () => {
  it('is a page for what is there, and a stream for what comes', async () => {
    server.deliver(120);
    const carrier = choice();
    expect(await readTo(carrier, 120)).toHaveLength(120);
    expect(server.streamRequests).toEqual([]);
    const waiting = readTo(carrier, 121, 120);
    await waitFor(() => server.openStreams === 1);
    server.deliver();
    expect(await waiting).toEqual([121]);
    expect(carrier.name).toBe('stream');
    expect(server.streamRequests.map(({ after }) => after)).toEqual(['120']);
  });

  it('is never a stream where nobody waits, waits for a time, or wants one', async () => {
    for (const [carrier, waitMs] of [
      [choice(), 0],
      [choice(), 5],
      [choice({}, 'long-poll'), FOREVER],
    ] as const) {
      await carrier.next(0, waitMs);
      await carrier.next(0, waitMs);
    }
    expect(server.streamRequests).toEqual([]);
  });

  it('is nothing but a stream where that is wanted', async () => {
    server.streamPolicy = () => problem(404, 'request.not-found');
    const carrier = choice({}, 'stream');
    await carrier.next(0, FOREVER);
    await expect(carrier.next(0, FOREVER)).rejects.toMatchObject({ code: 'client.stream-unavailable' });
  });

  it('is a page where there is no stream, until it is time to try one again', async () => {
    server.streamPolicy = () => problem(404, 'request.not-found');
    const carrier = choice({ streamAgainMs: 1500 });
    await carrier.next(0, FOREVER);
    server.deliver();
    expect(await readTo(carrier, 1)).toEqual([1]);
    expect(carrier.name).toBe('long-poll');
    expect(server.streamRequests).toHaveLength(1);
    server.streamPolicy = () => 'stream';
    await waitFor(async () => {
      await carrier.next(1, FOREVER);
      return carrier.name === 'stream';
    });
    expect(server.streamRequests).toHaveLength(2);
  });

  it('is a page where a proxy keeps what streams say', async () => {
    server.streamPolicy = () => 'silent-stream';
    const carrier = choice();
    await carrier.next(0, FOREVER);
    server.deliver();
    expect(await readTo(carrier, 1)).toEqual([1]);
    expect(carrier.name).toBe('long-poll');
  });

  it('is a page for a while where the account has too many streams', async () => {
    server.streamPolicy = () => problem(429, 'messages.too-many-readers', { 'retry-after': '1' });
    const carrier = choice();
    await carrier.next(0, FOREVER);
    await expect(carrier.next(0, FOREVER)).rejects.toMatchObject({ retryAfterMs: 1000 });
    server.deliver();
    expect(await readTo(carrier, 1)).toEqual([1]);
    expect(server.streamRequests).toHaveLength(1);
  });

  it('is a page for a while where streams break off again and again without having brought anything', async () => {
    server.bytesPerStream = () => 20;
    const carrier = choice();
    await carrier.next(0, FOREVER);
    for (let broken = 0; broken < 4; broken++) {
      await expect(carrier.next(0, FOREVER)).rejects.toMatchObject({ code: 'client.network' });
    }
    await carrier.next(0, 1);
    expect(await carrier.next(0, FOREVER)).toEqual(expect.objectContaining({ entries: [] }));
    expect(carrier.name).toBe('long-poll');
  });

  it('stays a stream that breaks off but brings something each time', async () => {
    server.bytesPerStream = () => 250;
    const carrier = choice();
    await carrier.next(0, FOREVER);
    server.deliver(40);
    expect(await readTo(carrier, 40)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(carrier.name).toBe('stream');
    expect(server.streamRequests.length).toBeGreaterThan(5);
  });
});
