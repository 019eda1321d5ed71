import type { RateLimitRule } from '../config/index.js';

export interface Amount {
  /** Fewer are of no use: then none is taken. A whole number from 1; above `rule.count` it is never granted. */
  readonly least: number;
  /** At most so many are taken. */
  readonly most: number;
}

export type RateLimitVerdict =
  /** So many attempts were taken. */
  | { readonly allowed: true; readonly granted: number }
  /** Whole seconds, at least 1, after which as many attempts will be available, if nobody else takes them. */
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/**
 * Counts attempts, over all replicas together. A refused attempt does not count, so that the time to wait does not grow
 * by asking. Rejects with the database's error while that is away: no limit is ever suspended.
 */
export abstract class RateLimiter {
  /**
   * Takes `cost` attempts of `rule` for `key`, which names the rule and whoever is limited: `login:10.0.0.7`. A burst of
   * `rule.count` is allowed at once; then the attempts come back evenly over `rule.seconds`.
   */
  take(key: string, rule: RateLimitRule, cost = 1): Promise<RateLimitVerdict> {
    return this.takeSome(key, rule, { least: cost, most: cost });
  }

  /** Takes as many attempts as are available, within `amount`. */
  abstract takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict>;
}
