import { beforeEach, describe, expect, it } from '@jest/globals';
import { MailboxReader } from './mailbox-reader.js';
import type { MailboxPage } from './mailbox.repository.js';
import type { MailboxEntry } from './message.js';

/** A mailbox in which these sequences can be read, and a transport that keeps what it gets. */
let mailbox: number[];
let asked: MailboxReader[];
let carried: number[];
let room: boolean;
let reader: MailboxReader;

const transport = {
  deliver: (entries: readonly MailboxEntry[]) => {
    carried.push(...entries.map(({ sequence }) => sequence));
    return room;
  },
  unavailable: () => undefined,
};

function read(limit = 2): MailboxPage {
  const { after } = reader.query();
  const following = mailbox.filter((sequence) => sequence > after);
  const entries = following.slice(0, limit).map((sequence) => ({ sequence }) as MailboxEntry);
  return { entries, hasMore: following.length > limit, lastSequence: mailbox.at(-1) ?? 0, acknowledgedUpTo: 0 };
}

/** Serves every turn that the reader asks for. */
function serve(): number {
  let reads = 0;
  for (; asked.shift() !== undefined; reads++) reader.accept(read());
  return reads;
}

beforeEach(() => {
  [mailbox, asked, carried, room] = [[], [], [], true];
  reader = new MailboxReader({ userId: 'u', after: 0 }, transport, { add: (one) => asked.push(one) });
});

describe('the reader of a mailbox', () => {
  it('the reader of a mailbox carries what is there page by page, then what comes, each once', () => {
    mailbox = [1, 2, 3, 5];
    reader.accept(read());
    serve();
    expect(carried).toEqual([1, 2, 3, 5]);
    mailbox.push(6);
    reader.wake(6);
    reader.wake(6);
    expect(serve()).toBe(1);
    expect(carried).toEqual([1, 2, 3, 5, 6]);
  });

  it('the reader of a mailbox does not read because of what it has read', () => {
    mailbox = [1, 2];
    reader.accept(read());
    reader.wake(1);
    reader.wake(2);
    expect(asked).toEqual([]);
  });

  it('the reader of a mailbox reads once more for what is spoken of while it reads', () => {
    const before = read();
    mailbox = [1];
    reader.wake(1);
    expect(asked).toEqual([]);
    reader.accept(before);
    serve();
    expect(carried).toEqual([1]);
  });

  it('the reader of a mailbox reads nothing while the transport is full, and goes on where it was', () => {
    mailbox = [1, 2, 3];
    room = false;
    reader.accept(read());
    reader.wake(4);
    expect(asked).toEqual([]);
    room = true;
    reader.resume();
    serve();
    expect(carried).toEqual([1, 2, 3]);
  });

  it('the reader of a mailbox follows a hint that promises too much once', () => {
    mailbox = [1];
    reader.accept(read());
    reader.wake(1000);
    expect(serve()).toBe(1);
    mailbox.push(2);
    reader.wake(2);
    serve();
    expect(carried).toEqual([1, 2]);
  });

  it('the reader of a mailbox waits at a position that the mailbox has not reached', () => {
    mailbox = [1];
    reader = new MailboxReader({ userId: 'u', after: 5 }, transport, { add: (one) => asked.push(one) });
    reader.accept(read());
    for (const sequence of [2, 3, 4, 5]) {
      mailbox.push(sequence);
      reader.wake(sequence);
    }
    expect(asked).toEqual([]);
    mailbox.push(6);
    reader.wake(6);
    serve();
    expect(carried).toEqual([6]);
  });

  it('the reader of a mailbox carries nothing after it has left', () => {
    const page = { ...read(), entries: [{ sequence: 1 } as MailboxEntry] };
    reader.leave();
    reader.accept(page);
    reader.wake(7);
    expect([carried, asked]).toEqual([[], []]);
  });
});
