import type { RateLimitRule } from '../config/index.js';

export type RateLimitVerdict =
  | { readonly allowed: true }
  /** Whole seconds, at least 1, after which one more attempt will be allowed. */
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts attempts. A refused attempt does not count, so that the time to wait does not grow by asking. */
export abstract class RateLimiter {
  /**
   * Takes one attempt of `rule` for `key`, which names the rule and whoever is limited: `login:10.0.0.7`. A burst of
   * `rule.count` is allowed at once; then the attempts come back evenly over `rule.seconds`.
   */
  abstract take(key: string, rule: RateLimitRule): RateLimitVerdict;
}
