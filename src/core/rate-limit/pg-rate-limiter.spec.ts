import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SodiumCryptoService } from '../crypto/index.js';
import type { Database } from '../database/index.js';
import { generateSecrets, secretsOf } from '../secrets/index.js';
import { PgRateLimiter } from './pg-rate-limiter.js';
import { SetClock } from './testing/set-clock.js';

/** How many rows there are to delete, and how many at most each statement was to delete. */
let old: number;
let asked: number[];
let crypto: SodiumCryptoService;
let limiter: PgRateLimiter;

async function query({ values: [limit] }: { values: [number] }): Promise<{ rowCount: number }> {
  asked.push(limit);
  const deleted = Math.min(old, limit);
  old -= deleted;
  return { rowCount: deleted };
}

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});
beforeEach(() => {
  jest.useFakeTimers();
  [old, asked] = [0, []];
  const database = { pool: { query } } as unknown as Database;
  limiter = new PgRateLimiter(database, new SetClock(), crypto, secretsOf(generateSecrets(new Date())));
  limiter.onApplicationBootstrap();
});
afterEach(async () => {
  await limiter.onApplicationShutdown();
  jest.useRealTimers();
});

describe('The sweep of rate limits', () => {
  it('the sweep of rate limits deletes all that says nothing any more, in batches, again and again', async () => {
    old = 2500;
    await jest.advanceTimersByTimeAsync(11_000);
    expect([old, asked]).toEqual([0, [1000, 1000, 1000]]);
    old = 1;
    await jest.advanceTimersByTimeAsync(11_000);
    expect(old).toBe(0);
  });

  it('the sweep of rate limits stops between two batches at the shutdown', async () => {
    old = 1_000_000;
    jest.advanceTimersByTime(10_001);
    await limiter.onApplicationShutdown();
    expect(asked.length).toBeLessThan(1000);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(old).toBeGreaterThan(0);
  });
});
