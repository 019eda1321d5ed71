import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SystemClock } from '../../core/clock.js';
import { loadSettings } from '../../core/config/index.js';
import { MailboxReader } from './mailbox-reader.js';
import { MailboxReadsService } from './mailbox-reads.service.js';
import type { MailboxRepository } from './mailbox.repository.js';
import type { MailboxEntry } from './message.js';

const AWAY = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const PAGE = { entries: [{ sequence: 1 } as MailboxEntry], hasMore: false, lastSequence: 1, acknowledgedUpTo: 0 };
const EMPTY = { entries: [], hasMore: false, lastSequence: 0, acknowledgedUpTo: 0 };

let answer: () => Promise<typeof PAGE>;
let underWay: number;
let most: number;
let reads: MailboxReadsService;
let carried: number;
let ended: number;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  jest.useFakeTimers();
  [underWay, most, carried, ended] = [0, 0, 0, 0];
  answer = () => Promise.resolve(PAGE);
  const findPage = async () => {
    most = Math.max(most, ++underWay);
    return answer().finally(() => (underWay -= 1));
  };
  reads = new MailboxReadsService({ findPage } as unknown as MailboxRepository, new SystemClock(), loadSettings({}));
});

afterEach(() => {
  reads.onApplicationShutdown();
  jest.useRealTimers();
});

function wake(count: number): MailboxReader[] {
  const transport = { deliver: () => ++carried > 0, unavailable: () => void (ended += 1) };
  const readers = Array.from(
    { length: count },
    (_, index) => new MailboxReader({ userId: `u${index}`, after: 0 }, transport, reads),
  );
  for (const reader of readers) {
    reader.accept(EMPTY);
    reader.wake(1);
  }
  return readers;
}

describe('The reads of woken readers', () => {
  it('the reads of woken readers leave half of the connections to others', async () => {
    wake(40);
    await jest.advanceTimersByTimeAsync(0);
    expect([carried, most]).toEqual([40, 5]);
  });

  it('the reads of woken readers wait while the database is away, with one that tries, and go on when it is back', async () => {
    answer = () => Promise.reject(AWAY);
    wake(40);
    await jest.advanceTimersByTimeAsync(1000);
    most = 0;
    await jest.advanceTimersByTimeAsync(20_000);
    expect([carried, ended, most]).toEqual([0, 0, 1]);
    answer = () => Promise.resolve(PAGE);
    await jest.advanceTimersByTimeAsync(5000);
    expect([carried, ended]).toEqual([40, 0]);
  });

  it('the reads of woken readers end where the database stays away, counted anew each time', async () => {
    answer = () => Promise.reject(AWAY);
    const [reader] = wake(1);
    await jest.advanceTimersByTimeAsync(20_000);
    reader?.leave();
    await jest.advanceTimersByTimeAsync(60_000);
    wake(3);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ended).toBe(0);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ended).toBe(3);
  });

  it('the reads of woken readers are not lost on a mailbox that cannot be read for another reason: its readers learn of it', async () => {
    answer = () => Promise.reject(new Error('a mistake'));
    wake(2);
    await jest.advanceTimersByTimeAsync(0);
    expect([ended, carried]).toEqual([2, 0]);
  });
});
