import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RateLimiter } from '../gcra.js';

/** A limiter, and how a test lets time pass for it. */
export interface LimiterUnderTest {
  readonly limiter: RateLimiter;
  passSeconds(seconds: number): Promise<void>;
}

/** The clock of some limiters goes on while the test runs: nothing comes back meanwhile. */
const FIVE_A_DAY = { count: 5, seconds: 86_400 };

/** What every adapter of `RateLimiter` promises. `make` gives one that nobody has asked yet. */
export function describeRateLimiter(adapter: string, make: () => Promise<LimiterUnderTest>): void {
  describe(`A rate limit of ${adapter}`, () => {
    let test: LimiterUnderTest;
    let limiter: RateLimiter;

    beforeEach(async () => {
      test = await make();
      limiter = test.limiter;
    });

    /** How many of `attempts`, one after the other, were allowed. */
    async function allowed(key: string, attempts: number, rule = FIVE_A_DAY): Promise<number> {
      let count = 0;
      for (let index = 0; index < attempts; index++) if ((await limiter.take(key, rule)).allowed) count += 1;
      return count;
    }

    it('allows a burst of its count, and names the time to wait after that', async () => {
      expect(await allowed('login:a', 5)).toBe(5);
      const verdict = await limiter.take('login:a', FIVE_A_DAY);
      const seconds = verdict.allowed ? 0 : verdict.retryAfterSeconds;
      expect(seconds).toBeLessThanOrEqual(86_400 / 5);
      expect(seconds).toBeGreaterThan(86_400 / 5 - 120);
    });

    it('allows an attempt once the named time has passed, and not long before', async () => {
      expect(await allowed('login:a', 5)).toBe(5);
      await test.passSeconds(86_400 / 10);
      expect(await allowed('login:a', 2)).toBe(0);
      await test.passSeconds(86_400 / 10);
      expect(await allowed('login:a', 2)).toBe(1);
    });

    it('does not count what it refused', async () => {
      await allowed('login:a', 100);
      await test.passSeconds(86_400);
      expect(await allowed('login:a', 10)).toBe(5);
    });

    it('allows no more than its count beyond the rate, whatever the rhythm', async () => {
      let total = 0;
      for (let day = 0; day < 4; day += 0.25) {
        total += await allowed('login:a', 4);
        await test.passSeconds(86_400 / 4);
      }
      expect(total).toBeGreaterThanOrEqual(5 + 18);
      expect(total).toBeLessThanOrEqual(5 + 19);
    });

    it('keeps keys apart, also long ones', async () => {
      const long = 'x'.repeat(300);
      expect(await allowed(`${long}1`, 7)).toBe(5);
      expect(await allowed(`${long}2`, 7)).toBe(5);
    });

    it.each([1, 3, 7, 60])('allows exactly %i at once', async (count) => {
      expect(await allowed('k', count + 3, { count, seconds: 86_400 })).toBe(count);
    });

    it('takes several at once, all or none', async () => {
      expect(await limiter.take('k', FIVE_A_DAY, 3)).toEqual({ allowed: true, granted: 3, left: 2 });
      expect((await limiter.take('k', FIVE_A_DAY, 3)).allowed).toBe(false);
      expect((await limiter.take('k', FIVE_A_DAY, 2)).allowed).toBe(true);
      expect((await limiter.take('other', FIVE_A_DAY, 6)).allowed).toBe(false);
      expect(await allowed('other', 6)).toBe(5);
    });

    it('takes as many as there are, from the least to the most that is of use', async () => {
      const take = (least: number, most: number) => limiter.takeSome('k', FIVE_A_DAY, { least, most });
      expect(await take(1, 2)).toEqual({ allowed: true, granted: 2, left: 3 });
      expect((await take(4, 9)).allowed).toBe(false);
      expect(await take(2, 9)).toEqual({ allowed: true, granted: 3, left: 0 });
      expect((await take(1, 9)).allowed).toBe(false);
    });

    it('allows exactly its count to many who ask at the same time', async () => {
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => limiter.take('k', FIVE_A_DAY)));
      expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(5);
    });

    it('forgets a debt that a much longer rule left behind', async () => {
      await allowed('k', 5, FIVE_A_DAY);
      expect(await allowed('k', 3, { count: 2, seconds: 60 })).toBe(2);
    });
  });
}
