import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import type { RateLimitRule } from '../config/index.js';
import type { RateLimiter, RateLimitVerdict } from './gcra.js';

/** A lease is this part of the rule's count. */
const LEASE_PART = 10;
/** This part of the count may be spent before the limiter has been asked. */
const CREDIT_PART = 100;
const DEFAULT_CAPACITY = 20_000;

export interface BudgetLimit {
  /** Tells the limit from others; all replicas use the same name. */
  readonly name: string;
  readonly rule: RateLimitRule;
  /** The error for each request that is refused. */
  refuse(retryAfterSeconds: number): Error;
}

interface Waiter {
  /** Attempts that this request still needs. */
  cost: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Account {
  readonly lease: Lease;
  /** Requests that can be given nothing before the limiter has answered. */
  waiters: Waiter[];
  asking: boolean;
  /** Attempts that were spent and not taken from the limiter yet. */
  debt: number;
  /** What the limiter had left at its last answer; of an account that is not known yet, everything. */
  left: number;
  leftAt: number;
}

/**
 * One limit per account that holds across replicas and hardly ever lets a request wait for the database: the process
 * takes a lease of a tenth of the rule's count and spends it in memory. Where the lease is over, up to a hundredth of
 * the count is spent on credit while the next lease is taken, unless the limiter has said that it has not so much left.
 * The next lease pays the debt first.
 *
 * So all replicas together allow at most a hundredth of the count for each replica beyond the rule, and nothing beyond
 * it where the count is below 100, or where one replica serves the account alone. A replica may refuse while up to a
 * tenth of the count lies unspent in each other one; it comes back by itself within a tenth of the rule's time.
 */
export class AccountBudget {
  private readonly accounts: LRUCache<string, Account>;
  private readonly share: number;
  private readonly credit: number;
  private readonly msPerAttempt: number;

  /** `capacity`: so many accounts are remembered. With a forgotten one its lease and its debt are lost. */
  constructor(
    private readonly limit: BudgetLimit,
    private readonly limiter: RateLimiter,
    private readonly clock: Clock,
    capacity = DEFAULT_CAPACITY,
  ) {
    this.accounts = new LRUCache({ max: capacity });
    const { count, seconds } = limit.rule;
    this.share = Math.max(1, Math.floor(count / LEASE_PART));
    this.credit = Math.floor(count / CREDIT_PART);
    this.msPerAttempt = (seconds * 1000) / count;
  }

  /** How many accounts it remembers. */
  get size(): number {
    return this.accounts.size;
  }

  /**
   * Spends `cost` attempts of this account. Returns undefined at once where the lease or the credit has room, which is
   * the usual case; otherwise a promise that resolves when they are spent. It rejects with `request.rate-limited`, or
   * with the database's error while that is away. More than the rule's count at once is always refused.
   */
  spend(userId: string, cost = 1): Promise<void> | undefined {
    const account = this.accounts.get(userId) ?? this.add(userId);
    // Requests that wait go first.
    if (account.waiters.length === 0) {
      const now = this.clock.now();
      if (account.lease.spend(cost, now)) return undefined;
      if (this.owe(account, cost, now)) {
        this.ask(userId, account);
        return undefined;
      }
    }
    return new Promise((resolve, reject) => {
      account.waiters.push({ cost, resolve, reject });
      this.ask(userId, account);
    });
  }

  private add(userId: string): Account {
    const lease = new Lease(this.msPerAttempt);
    const account: Account = { lease, waiters: [], asking: false, debt: 0, left: Infinity, leftAt: 0 };
    this.accounts.set(userId, account);
    return account;
  }

  private owe(account: Account, cost: number, now: number): boolean {
    const debt = account.debt + cost;
    const left = account.left + Math.max(0, now - account.leftAt) / this.msPerAttempt;
    if (debt > Math.min(this.credit, left)) return false;
    account.debt = debt;
    return true;
  }

  private ask(userId: string, account: Account): void {
    if (account.asking) return;
    account.asking = true;
    void this.serve(userId, account);
  }

  /** Takes leases until nobody waits. Never rejects: whoever waits is told. */
  private async serve(userId: string, account: Account): Promise<void> {
    try {
      this.handOut(account, this.clock.now());
      do {
        const askedAt = this.clock.now();
        const verdict = await this.takeLease(userId, account);
        account.left = verdict.allowed ? verdict.left : 0;
        account.leftAt = this.clock.now();
        if (verdict.allowed) this.receive(account, verdict.granted, askedAt);
        else refuseAll(account, () => this.limit.refuse(verdict.retryAfterSeconds));
      } while (account.waiters.length > 0);
    } catch (error) {
      refuseAll(account, () => error);
    }
    // Nothing may come between the last look at who waits and this: whoever comes then asks anew.
    account.asking = false;
  }

  private takeLease(userId: string, { debt, waiters }: Account): Promise<RateLimitVerdict> {
    const { name, rule } = this.limit;
    const wanted = waiters.reduce((sum, waiter) => sum + waiter.cost, debt);
    // A debt is paid as far as can be; whoever waits comes after it.
    const least = waiters[0] === undefined ? 1 : debt + waiters[0].cost;
    const most = Math.max(least, Math.min(rule.count, Math.max(this.share, wanted)));
    return this.limiter.takeSome(`budget:${name}:${userId}`, rule, { least, most });
  }

  private receive(account: Account, granted: number, takenAt: number): void {
    const paid = Math.min(account.debt, granted);
    account.debt -= paid;
    account.lease.renew(granted - paid, takenAt);
    this.handOut(account, takenAt);
  }

  /** In their order; the first one who does not get everything keeps what it got. */
  private handOut(account: Account, now: number): void {
    let served = 0;
    for (const waiter of account.waiters) {
      waiter.cost -= account.lease.spendUpTo(waiter.cost, now);
      if (waiter.cost > 0) break;
      waiter.resolve();
      served += 1;
    }
    account.waiters.splice(0, served);
  }
}

function refuseAll(account: Account, errorOf: () => unknown): void {
  for (const waiter of account.waiters.splice(0)) waiter.reject(errorOf());
}

/**
 * Attempts that this process has taken from a limit in advance and may hand out by itself.
 *
 * A lease loses attempts at the pace at which the limit gets them back, so what is not handed out is never there twice,
 * here and in the limit: over all processes together, no more can be spent at once than the rule's count.
 */
export class Lease {
  private left = 0;
  /** When the last attempt that is left is lost, in milliseconds. */
  private endsAt = 0;

  constructor(private readonly msPerAttempt: number) {}

  /** Replaces what was left. `takenAt` is a time before the limit was asked. */
  renew(attempts: number, takenAt: number): void {
    this.left = attempts;
    this.endsAt = takenAt + attempts * this.msPerAttempt;
  }

  /** Spends all of `cost` or nothing. */
  spend(cost: number, now: number): boolean {
    // An attempt is there until its time is over: hence "cost - 1".
    if (this.left < cost || this.endsAt - now <= (cost - 1) * this.msPerAttempt) return false;
    this.left -= cost;
    this.endsAt -= cost * this.msPerAttempt;
    return true;
  }

  /** Spends what is there, up to `cost`, and returns how much that was. */
  spendUpTo(cost: number, now: number): number {
    const lasting = Math.ceil((this.endsAt - now) / this.msPerAttempt);
    const spent = Math.max(0, Math.min(cost, this.left, lasting));
    this.left -= spent;
    this.endsAt -= spent * this.msPerAttempt;
    return spent;
  }
}
