import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { RateLimitRule } from '../config/index.js';
import { RateLimiter } from './rate-limiter.js';
import type { RateLimitVerdict } from './rate-limiter.js';

const DEFAULT_CAPACITY = 100_000;
const LONGEST_PLAIN_KEY = 64;
const EXAMINED_AT_EVICTION = 16;

interface Bucket {
  /** When all attempts will be available again: GCRA's theoretical arrival time, in milliseconds. */
  fullAt: number;
  readonly periodMs: number;
}

/**
 * GCRA in the memory of this process: each replica counts on its own.
 *
 * Memory is bounded. When it is full, the emptiest of a few buckets gives way, not the oldest: somebody who has used up
 * their attempts cannot win them back by making up many other keys, since those are emptier than their own.
 */
export class MemoryRateLimiter extends RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly capacity = DEFAULT_CAPACITY,
  ) {
    super();
  }

  get size(): number {
    return this.buckets.size;
  }

  take(key: string, rule: RateLimitRule): RateLimitVerdict {
    const now = this.clock.now();
    const name = boundedKey(key);
    const periodMs = rule.seconds * 1000;
    const fullAt = Math.max(now, this.buckets.get(name)?.fullAt ?? now) + periodMs / rule.count;
    const waitMs = fullAt - periodMs - now;
    // The tolerance absorbs the rounding of adding fractions.
    if (waitMs > 0.001) return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    if (!this.buckets.has(name)) this.makeRoom(now);
    this.buckets.set(name, { fullAt, periodMs });
    return { allowed: true };
  }

  private makeRoom(now: number): void {
    if (this.buckets.size < this.capacity) return;
    let emptiest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [name, bucket] of firstOf(this.buckets, EXAMINED_AT_EVICTION)) {
      const debt = (bucket.fullAt - now) / bucket.periodMs;
      if (debt < least) [emptiest, least] = [name, debt];
      // Those that stay move to the end, so that the next eviction examines others.
      this.buckets.delete(name);
      this.buckets.set(name, bucket);
    }
    if (emptiest !== undefined) this.buckets.delete(emptiest);
  }
}

function firstOf<K, V>(map: ReadonlyMap<K, V>, count: number): [K, V][] {
  const first: [K, V][] = [];
  for (const entry of map) {
    if (first.length === count) break;
    first.push(entry);
  }
  return first;
}

/** A long loginId must not cost more memory than a short one. */
function boundedKey(key: string): string {
  return key.length <= LONGEST_PLAIN_KEY ? key : createHash('sha256').update(key).digest('base64url');
}
