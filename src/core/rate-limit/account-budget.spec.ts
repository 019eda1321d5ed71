import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RateLimitRule } from '../config/index.js';
import { DomainError } from '../errors.js';
import { AccountBudget } from './account-budget.js';
import type { Amount, RateLimitVerdict } from './gcra.js';
import { rateLimited } from './rate-limit.module.js';
import { MemoryRateLimiter } from './testing/memory-rate-limiter.js';
import { SetClock } from './testing/set-clock.js';

const THOUSAND_A_MINUTE = { count: 1000, seconds: 60 };

/** Shared by all replicas, as the table is; counts the questions, and can be away. */
class SharedLimiter extends MemoryRateLimiter {
  questions = 0;
  away: Error | null = null;

  override async takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict> {
    this.questions += 1;
    if (this.away !== null) throw this.away;
    return super.takeSome(key, rule, amount);
  }
}

let clock: SetClock;
let limiter: SharedLimiter;

beforeEach(() => {
  clock = new SetClock();
  limiter = new SharedLimiter(clock);
});

const replica = (rule: RateLimitRule = THOUSAND_A_MINUTE, capacity?: number): AccountBudget =>
  new AccountBudget({ name: 'rateSendPerAccount', rule, refuse: rateLimited }, limiter, clock, capacity);

/** Every question that was asked by now has its answer. */
const answered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether it was allowed; anything but a refusal is thrown. */
async function isAllowed(budget: AccountBudget, userId = 'alice', cost = 1): Promise<boolean> {
  try {
    await budget.spend(userId, cost);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'request.rate-limited') return false;
    throw error;
  }
}

async function allowed(budget: AccountBudget, attempts: number, userId = 'alice'): Promise<number> {
  let count = 0;
  for (let index = 0; index < attempts; index++) if (await isAllowed(budget, userId)) count += 1;
  return count;
}

describe('The budget of an account', () => {
  it('the budget of an account is spent without a question, but for one in a hundred', async () => {
    const budget = replica();
    await budget.spend('alice');
    await answered();
    for (let index = 1; index < 100; index++) expect(budget.spend('alice')).toBeUndefined();
    expect(limiter.questions).toBe(1);
    await budget.spend('alice');
    expect(limiter.questions).toBe(2);
  });

  it('the budget of an account waits for no answer where a hundredth of the count suffices until it comes', async () => {
    const budget = replica();
    for (let index = 0; index < 10; index++) expect(budget.spend('alice')).toBeUndefined();
    expect(budget.spend('alice')).toBeInstanceOf(Promise);
    await answered();
    // A pause, in which the lease is over.
    clock.passSeconds(30);
    expect(budget.spend('alice')).toBeUndefined();
    expect(limiter.questions).toBe(2);
  });

  it('the budget of an account gives no credit beyond what the limiter had left, nor where that is refused', async () => {
    const budget = replica({ count: 100, seconds: 60 });
    await limiter.take('budget:rateSendPerAccount:alice', { count: 100, seconds: 60 }, 95);
    expect(await allowed(budget, 10)).toBe(5);
    clock.passSeconds(0.5);
    await expect(budget.spend('alice')).rejects.toMatchObject({ code: 'request.rate-limited' });
    clock.passSeconds(0.2);
    expect(await allowed(budget, 3)).toBe(1);
  });

  it('the budget of an account pays what was spent on credit before it gives more', async () => {
    const rule = { count: 200, seconds: 60 };
    const budget = replica(rule);
    await limiter.take('budget:rateSendPerAccount:alice', rule, 200);
    // The process cannot know yet that others have used up everything.
    expect([budget.spend('alice'), budget.spend('alice')]).toEqual([undefined, undefined]);
    expect(await allowed(budget, 5)).toBe(0);
    clock.passSeconds(0.6);
    expect(await allowed(budget, 5)).toBe(0);
    clock.passSeconds(0.3);
    expect(await allowed(budget, 5)).toBe(1);
  });

  it.each([1, 9, 19, 25, 1000])('the budget of an account allows exactly %i at once', async (count) => {
    expect(await allowed(replica({ count, seconds: 60 }), count + 5)).toBe(count);
  });

  it('the budget of an account says when to come back', async () => {
    const budget = replica({ count: 6, seconds: 60 });
    await allowed(budget, 6);
    const refused = budget.spend('alice')!;
    await expect(refused).rejects.toMatchObject({ code: 'request.rate-limited', options: { retryAfterSeconds: 10 } });
    clock.passSeconds(10);
    expect(await allowed(budget, 2)).toBe(1);
  });

  it('the budget of an account keeps accounts apart', async () => {
    const budget = replica({ count: 5, seconds: 60 });
    expect(await allowed(budget, 9, 'alice')).toBe(5);
    expect(await allowed(budget, 9, 'bob')).toBe(5);
  });

  it('the budget of an account asks once for all who come at the same time', async () => {
    const budget = replica();
    const outcomes = await Promise.all(Array.from({ length: 1500 }, () => isAllowed(budget)));
    expect(outcomes.filter(Boolean)).toHaveLength(1000);
    expect(limiter.questions).toBeLessThan(10);
  });

  it('the budget of an account takes what many cost at once, and nothing where that is more than there can be', async () => {
    const budget = replica({ count: 100, seconds: 60 });
    expect(await isAllowed(budget, 'alice', 101)).toBe(false);
    expect(await isAllowed(budget, 'alice', 60)).toBe(true);
    expect(await isAllowed(budget, 'alice', 40)).toBe(true);
    expect(await isAllowed(budget, 'alice', 1)).toBe(false);
  });

  it('the budget of an account serves those who wait in their order', async () => {
    const budget = replica({ count: 20, seconds: 60 });
    const served: number[] = [];
    const spend = async (cost: number) => budget.spend('alice', cost)?.then(() => served.push(cost));
    await Promise.all([spend(3), spend(1), spend(7), spend(2)]);
    expect(served).toEqual([3, 1, 7, 2]);
  });

  it('the budget of an account is never unlimited: while the limiter cannot be asked, whoever needs a lease gets its error', async () => {
    const budget = replica({ count: 30, seconds: 60 });
    await budget.spend('alice');
    limiter.away = new Error('the database is away');
    expect(await isAllowed(budget)).toBe(true);
    expect(await isAllowed(budget)).toBe(true);
    await expect(isAllowed(budget)).rejects.toBe(limiter.away);
    await expect(Promise.all([isAllowed(budget), isAllowed(budget)])).rejects.toBe(limiter.away);
    limiter.away = null;
    expect(await isAllowed(budget)).toBe(true);
  });

  it('the budget of an account remembers a bounded number of accounts', async () => {
    const budget = replica(THOUSAND_A_MINUTE, 100);
    for (let index = 0; index < 1000; index++) await budget.spend(`user-${index}`);
    expect(budget.size).toBeLessThanOrEqual(200);
    const questions = limiter.questions;
    for (let index = 900; index < 1000; index++) expect(budget.spend(`user-${index}`)).toBeUndefined();
    expect(limiter.questions).toBe(questions);
  });
});

describe('The budget of an account on several replicas', () => {
  it.each([
    [90, 0],
    [1000, 2 * 10],
  ])(
    'the budget of an account on several replicas is one budget of %i, and at most %i more that were spent on credit',
    async (count, credit) => {
      const [first, second] = [replica({ count, seconds: 60 }), replica({ count, seconds: 60 })];
      let spent = 0;
      for (let index = 0; index < 1200; index++) if (await isAllowed(index % 2 === 0 ? first : second)) spent += 1;
      expect(spent).toBeGreaterThanOrEqual(count);
      expect(spent).toBeLessThanOrEqual(count + credit);
    },
  );

  it('the budget of an account on several replicas may lie unspent elsewhere, up to a tenth in each, until a tenth of the time is over', async () => {
    const replicas = [replica(), replica(), replica()];
    for (const each of replicas) await each.spend('alice');
    expect(await allowed(replicas[0]!, 1500)).toBe(1000 - 1 - 2 * 100);
    clock.passSeconds(6);
    // Meanwhile the limit has got back 100, of which it did not have to wait for those that nobody spent.
    expect(await allowed(replicas[0]!, 1500)).toBe(100);
    clock.passSeconds(60);
    expect(await allowed(replicas[0]!, 1500)).toBe(1000);
  });

  it('the budget of an account on several replicas never allows more than the count, what comes back, and the credit of each, whoever asks where and when', async () => {
    const steps = fc.array(
      fc.record({ replica: fc.nat(2), attempts: fc.integer({ min: 1, max: 100 }), pauseMs: fc.nat(4000) }),
      { minLength: 10, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(3, 20, 40, 250), async (schedule, count) => {
        limiter = new SharedLimiter(clock);
        const rule = { count, seconds: 20 };
        const replicas = [replica(rule), replica(rule), replica(rule)];
        const moments: number[] = [];
        for (const step of schedule) {
          const number = await allowed(replicas[step.replica]!, step.attempts);
          for (let index = 0; index < number; index++) moments.push(clock.now());
          clock.passSeconds(step.pauseMs / 1000);
        }
        const credit = replicas.length * Math.floor(count / 100);
        expect(excess(rule, moments)).toBeLessThan(credit + 0.001);
      }),
      { numRuns: 100 },
    );
  });
});

/** How many attempts the worst span of time has beyond the count and what comes back within it. */
function excess({ count, seconds }: RateLimitRule, moments: readonly number[]): number {
  let worst = Number.NEGATIVE_INFINITY;
  for (const [from, start] of moments.entries()) {
    for (let to = from; to < moments.length; to++) {
      const comesBack = ((moments[to]! - start) / 1000) * (count / seconds);
      worst = Math.max(worst, to - from + 1 - count - comesBack);
    }
  }
  return worst;
}
