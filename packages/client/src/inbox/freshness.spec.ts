import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../../../test/support/wait-for.js';
import { ClientError } from '../errors.js';
import type { PositionedEntry } from '../http/answers.js';
import { ClientState } from '../state/client-state.js';
import { MemoryStorage } from '../storage/memory-storage.js';
import type { OpenedEntry } from './entry-opener.js';
import { Inbox, type InboxOptions } from './inbox.js';
import { MailboxServer } from './testing/mailbox-server.js';

const HOOK = { begin: () => undefined, done: async () => undefined, kept: async () => undefined };

let server: MailboxServer;
let closing: AbortController;
let passMs: (ms: number) => void;
beforeEach(async () => {
  server = await MailboxServer.start();
  closing = new AbortController();
  const now = performance.now.bind(performance);
  let skipped = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now() + skipped);
  passMs = (ms) => (skipped += ms);
});
afterEach(async () => {
  jest.restoreAllMocks();
  closing.abort();
  await server.stop();
});

async function open({ sequence }: PositionedEntry): Promise<OpenedEntry> {
  return { kind: 'refused', sequence, error: new ClientError('client.bad-answer', 'Not a real entry') };
}

/** Reads up to this entry, and spends so long on each. */
async function read(last: number, msEach: number, options: InboxOptions = {}): Promise<number[]> {
  const inbox = new Inbox(
    server.api(),
    new ClientState(new MemoryStorage()),
    { open },
    { hook: HOOK, sharePlace: async () => undefined, tell: () => undefined, closing: closing.signal },
  );
  const sequences: number[] = [];
  for await (const { sequence } of inbox.read(options)) {
    sequences.push(sequence);
    passMs(msEach);
    if (sequence === last) break;
  }
  return sequences;
}

describe('An entry that is not opened yet', () => {
  it('an entry that is not opened yet is opened from its page by whoever is quick', async () => {
    server.deliver(5);
    expect(await read(5, 5000)).toEqual([1, 2, 3, 4, 5]);
    expect(server.pageRequests).toBe(1);
  });

  it('an entry that is not opened yet is asked for again after half a minute', async () => {
    server.deliver(5);
    expect(await read(5, 20_000)).toEqual([1, 2, 3, 4, 5]);
    expect(server.pageRequests).toBe(3);
  });

  it('an entry that is not opened yet is read from a new stream where the reader has let the old one wait for so long', async () => {
    const reading = read(4, 40_000, { wait: true, transport: 'stream' });
    await waitFor(() => server.openStreams === 1);
    server.deliver(4);
    expect(await reading).toEqual([1, 2, 3, 4]);
    expect(server.streamRequests.map(({ after }) => after)).toEqual(['0', '1', '2', '3']);
  });

  it('an inbox comes to its end also for a reader who takes a minute over every entry', async () => {
    server.deliver(3);
    expect(await read(0, 60_000)).toEqual([1, 2, 3]);
  });
});
