import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PgRateLimiter } from './pg-rate-limiter.js';
import { RateLimitSweeper } from './rate-limit-sweeper.js';

/** How many rows there are to delete, and how many at most each statement was to delete. */
let old: number;
let asked: number[];
let sweeper: RateLimitSweeper;

async function forget(limit: number): Promise<number> {
  asked.push(limit);
  const deleted = Math.min(old, limit);
  old -= deleted;
  return deleted;
}

beforeEach(() => {
  jest.useFakeTimers();
  [old, asked] = [0, []];
  sweeper = new RateLimitSweeper({ forget } as unknown as PgRateLimiter);
  sweeper.onApplicationBootstrap();
});
afterEach(async () => {
  await sweeper.onApplicationShutdown();
  jest.useRealTimers();
});

describe('the sweeper of rate limits', () => {
  it('deletes all that says nothing any more, in batches, again and again', async () => {
    old = 2500;
    await jest.advanceTimersByTimeAsync(11_000);
    expect([old, asked]).toEqual([0, [1000, 1000, 1000]]);
    old = 1;
    await jest.advanceTimersByTimeAsync(11_000);
    expect(old).toBe(0);
  });

  it('stops between two batches at the shutdown', async () => {
    old = 1_000_000;
    jest.advanceTimersByTime(10_001);
    await sweeper.onApplicationShutdown();
    expect(asked.length).toBeLessThan(1000);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(old).toBeGreaterThan(0);
  });
});
