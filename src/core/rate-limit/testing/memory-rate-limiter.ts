import type { Clock } from '../../clock.js';
import type { RateLimitRule } from '../../config/index.js';
import { ArrivalTimes, gcraOf, RateLimiter } from '../gcra.js';
import type { Amount, RateLimitVerdict } from '../gcra.js';

const CAPACITY = 10_000;

/** For tests of those who ask a limiter, by a clock that they set. */
export class MemoryRateLimiter extends RateLimiter {
  private readonly arrivals: ArrivalTimes;

  constructor(clock: Clock) {
    super();
    this.arrivals = new ArrivalTimes(clock, CAPACITY);
  }

  override async takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict> {
    return this.arrivals.take(key, gcraOf(rule), amount);
  }
}
