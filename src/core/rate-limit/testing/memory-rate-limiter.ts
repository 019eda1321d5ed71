import type { Clock } from '../../clock.js';
import type { RateLimitRule } from '../../config/index.js';
import { debtOf, gcraOf, isImpossible, judge } from '../gcra.js';
import { RateLimiter } from '../rate-limiter.js';
import type { Amount, RateLimitVerdict } from '../rate-limiter.js';

/** For tests of those who ask a limiter, by a clock that they set. Its memory has no bound. */
export class MemoryRateLimiter extends RateLimiter {
  /** When each is without debt, in microseconds. */
  private readonly fullAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override async takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict> {
    const gcra = gcraOf(rule);
    const now = this.clock.now() * 1000;
    const owed = Math.max(0, (this.fullAt.get(key) ?? now) - now);
    const debt = isImpossible(gcra, owed) ? 0 : owed;
    const verdict = judge(gcra, debt, amount);
    if (verdict.allowed) this.fullAt.set(key, now + debt + debtOf(gcra, verdict.granted));
    return verdict;
  }
}
