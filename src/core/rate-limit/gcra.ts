import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import type { RateLimitRule } from '../config/index.js';

export interface Amount {
  /** Fewer attempts are of no use: then none is taken. A whole number from 1; above `rule.count` it is never granted. */
  readonly least: number;
  /** At most so many attempts are taken. */
  readonly most: number;
}

export type RateLimitVerdict =
  /** So many attempts were taken, and so many are left. */
  | { readonly allowed: true; readonly granted: number; readonly left: number }
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

export const MICROSECONDS = 1_000_000;

/** Longer than any statement may wait for another one. */
export const IMPOSSIBLE_MARGIN = 60 * MICROSECONDS;

/**
 * A rule as the generic cell rate algorithm (GCRA) sees it, in microseconds. All that is kept of a limit is its
 * theoretical arrival time (`tat`), at which nothing of it will be used up any more. Each attempt moves it by one
 * emission interval; it may lie ahead of the clock by the burst tolerance.
 */
export interface Gcra {
  readonly emissionInterval: number;
  readonly burstTolerance: number;
}

/**
 * Arrival times are whole microseconds, rounded in favour of the limit. The tolerance gives a burst of single attempts
 * the roundings back, and is too small for one attempt more.
 */
export function gcraOf({ count, seconds }: RateLimitRule): Gcra {
  const period = seconds * MICROSECONDS;
  const emissionInterval = period / count;
  return { emissionInterval, burstTolerance: period + Math.min(count, emissionInterval / 2) };
}

/** @param ahead how far the theoretical arrival time lies ahead of the clock, in microseconds */
export function judge(
  { emissionInterval, burstTolerance }: Gcra,
  ahead: number,
  { least, most }: Amount,
): RateLimitVerdict {
  const available = Math.floor((burstTolerance - ahead) / emissionInterval);
  const granted = Math.min(most, available);
  if (granted >= least) return { allowed: true, granted, left: available - granted };
  const wait = least * emissionInterval - (burstTolerance - ahead);
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(wait / MICROSECONDS)) };
}

/** Theoretical arrival times in memory, by the clock of this process. Those used longest ago are forgotten. */
export class ArrivalTimes {
  /** In microseconds. */
  readonly #tats: LRUCache<string, number>;

  constructor(
    private readonly clock: Clock,
    capacity: number,
  ) {
    this.#tats = new LRUCache({ max: capacity });
  }

  get size(): number {
    return this.#tats.size;
  }

  /** Takes as many attempts as are available, within `amount`. */
  take(key: string, gcra: Gcra, amount: Amount): RateLimitVerdict {
    const ahead = this.#ahead(key, gcra);
    const verdict = judge(gcra, ahead, amount);
    if (verdict.allowed) this.set(key, ahead + Math.ceil(verdict.granted * gcra.emissionInterval), this.clock.now());
    return verdict;
  }

  /** @param now Unix milliseconds at which the arrival time lies `ahead` microseconds ahead */
  set(key: string, ahead: number, now: number): void {
    this.#tats.set(key, now * 1000 + ahead);
  }

  /** The refusal of an amount; null, and the key is forgotten, where it is not certain. */
  refusal(key: string, gcra: Gcra, amount: Amount): RateLimitVerdict | null {
    if (!this.#tats.has(key)) return null;
    const verdict = judge(gcra, this.#ahead(key, gcra), amount);
    if (!verdict.allowed) return verdict;
    this.#tats.delete(key);
    return null;
  }

  /**
   * A time that lies too far ahead comes from a clock that was set back or from a rule that was longer, and does not
   * count: otherwise it would last as long. Within the margin lie transactions that began before the one that they see.
   */
  #ahead(key: string, { burstTolerance }: Gcra): number {
    const ahead = (this.#tats.get(key) ?? 0) - this.clock.now() * 1000;
    return ahead > burstTolerance + IMPOSSIBLE_MARGIN ? 0 : Math.max(0, ahead);
  }
}
