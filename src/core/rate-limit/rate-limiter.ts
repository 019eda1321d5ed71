import { Injectable } from '@nestjs/common';
import { RATE_LIMIT_NAMES } from '../config/index.js';
import type { RateLimitName, RateLimitRule } from '../config/index.js';
import type { DomainError } from '../errors.js';
import { Metrics } from '../metrics/index.js';
import type { Counter } from '../metrics/index.js';
import { rateLimited } from './rate-limit.errors.js';

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

/** `rateSendPerAccount` is counted as `send_per_account`. */
function labelOf(name: RateLimitName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^rate_/, '');
}

/** Says no, and counts how often. */
@Injectable()
export class RateLimitRefusals {
  private readonly counters: ReadonlyMap<RateLimitName, Counter>;

  constructor(metrics: Metrics) {
    const family = metrics.counters({
      name: 'sealpost_rate_limit_refusals_total',
      help: 'Requests answered with 429, by the limit that they were beyond.',
      labels: ['limit'],
    });
    this.counters = new Map(RATE_LIMIT_NAMES.map((name) => [name, family.with({ limit: labelOf(name) })]));
  }

  /** The error to throw: request.rate-limited. */
  refuse(name: RateLimitName, retryAfterSeconds: number): DomainError {
    this.counters.get(name)?.increment();
    return rateLimited(retryAfterSeconds);
  }
}
