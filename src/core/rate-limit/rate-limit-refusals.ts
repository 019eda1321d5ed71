import { Injectable } from '@nestjs/common';
import { RATE_LIMIT_NAMES } from '../config/index.js';
import type { RateLimitName } from '../config/index.js';
import type { DomainError } from '../errors.js';
import { Metrics } from '../metrics/index.js';
import type { Counter } from '../metrics/index.js';
import { rateLimited } from './rate-limit.errors.js';

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
