import type { Clock } from '../clock.js';
import { isImpossible, judge } from './gcra.js';
import type { Gcra } from './gcra.js';
import type { Amount, RateLimitVerdict } from './rate-limiter.js';

const DEFAULT_CAPACITY = 10_000;

/**
 * What this process knows of those whom the database refused: they owe at least so much. Debts only grow by what others
 * take, so whoever is refused by this memory would be refused by the database too, which need not be asked.
 * Bounded: the oldest entry gives way, which costs one statement when it is asked for again.
 */
export class KnownDebts {
  /** The local moment without debt, in microseconds. */
  private readonly fullAt = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly capacity = DEFAULT_CAPACITY,
  ) {}

  get size(): number {
    return this.fullAt.size;
  }

  /** `debt` at the local time `askedAt`, in milliseconds: that of the question, so that it is too early rather than too late. */
  remember(key: string, debt: number, askedAt: number): void {
    this.fullAt.delete(key);
    this.fullAt.set(key, askedAt * 1000 + debt);
    if (this.fullAt.size <= this.capacity) return;
    const [oldest] = this.fullAt.keys();
    if (oldest !== undefined) this.fullAt.delete(oldest);
  }

  /** The refusal, if it is certain; null: ask the database. */
  refusal(key: string, gcra: Gcra, amount: Amount): RateLimitVerdict | null {
    const fullAt = this.fullAt.get(key);
    if (fullAt === undefined) return null;
    const debt = Math.max(0, fullAt - this.clock.now() * 1000);
    const verdict = isImpossible(gcra, debt) ? null : judge(gcra, debt, amount);
    if (verdict?.allowed === false) return verdict;
    this.fullAt.delete(key);
    return null;
  }
}
