import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock.js';
import { Settings } from '../config/index.js';
import type { AccountRateLimitName, RateLimitRule } from '../config/index.js';
import { RateLimiter, RateLimitRefusals } from './rate-limiter.js';
import type { RateLimitVerdict } from './rate-limiter.js';

/** A lease is this part of the rule's count. */
const LEASE_PART = 10;
const DEFAULT_CAPACITY = 20_000;

export interface BudgetLimit {
  /** Tells the limit from others; all replicas use the same name. */
  readonly name: string;
  readonly rule: RateLimitRule;
  /** The error for each request that is refused. */
  refuse(retryAfterSeconds: number): Error;
}

interface Waiter {
  /** What it still needs. */
  cost: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Account {
  readonly lease: Lease;
  /** Those whom the lease had no room for, while they wait for the next one. */
  waiters: Waiter[];
}

/**
 * One limit per account that holds across replicas and costs no statement for most requests: the process takes a lease
 * of a tenth of the rule's count and spends it in memory.
 *
 * Never more is allowed than the rule says. A replica may refuse while up to a tenth of the count lies unspent in each
 * other one; it comes back by itself within a tenth of the rule's time.
 */
export class AccountBudget {
  private readonly accounts: LRUCache<string, Account>;
  private readonly share: number;
  private readonly msPerAttempt: number;

  /** `capacity`: of so many accounts the leases are kept. A forgotten lease is lost to its account. */
  constructor(
    private readonly limit: BudgetLimit,
    private readonly limiter: RateLimiter,
    private readonly clock: Clock,
    capacity = DEFAULT_CAPACITY,
  ) {
    this.accounts = new LRUCache({ max: capacity });
    const { count, seconds } = limit.rule;
    this.share = Math.max(1, Math.floor(count / LEASE_PART));
    this.msPerAttempt = (seconds * 1000) / count;
  }

  /** How many accounts it remembers. */
  get size(): number {
    return this.accounts.size;
  }

  /**
   * Spends `cost` attempts of this account. Returns undefined at once where the lease has room, which is the usual case;
   * otherwise a promise that resolves when they are spent. It rejects with `request.rate-limited`, or with the
   * database's error while that is away. More than the rule's count at once is always refused.
   */
  spend(userId: string, cost = 1): Promise<void> | undefined {
    const account = this.accounts.get(userId);
    // Those who wait go first.
    if (account?.waiters.length === 0 && account.lease.spend(cost, this.clock.now())) return undefined;
    return this.wait(userId, account ?? this.add(userId), cost);
  }

  private add(userId: string): Account {
    const account: Account = { lease: new Lease(this.msPerAttempt), waiters: [] };
    this.accounts.set(userId, account);
    return account;
  }

  private wait(userId: string, account: Account, cost: number): Promise<void> {
    return new Promise((resolve, reject) => {
      account.waiters.push({ cost, resolve, reject });
      if (account.waiters.length === 1) void this.serve(userId, account);
    });
  }

  /** Takes leases until nobody waits. Never rejects: whoever waits is told. */
  private async serve(userId: string, account: Account): Promise<void> {
    try {
      this.handOut(account, this.clock.now());
      // Nothing may come between the handing out and the look at who still waits: whoever comes then starts anew.
      while (account.waiters.length > 0) {
        const takenAt = this.clock.now();
        const verdict = await this.takeLease(userId, account.waiters);
        if (verdict.allowed) {
          account.lease.renew(verdict.granted, takenAt);
          this.handOut(account, takenAt);
        } else refuseAll(account, () => this.limit.refuse(verdict.retryAfterSeconds));
      }
    } catch (error) {
      refuseAll(account, () => error);
    }
  }

  private takeLease(userId: string, waiters: readonly Waiter[]): Promise<RateLimitVerdict> {
    const { name, rule } = this.limit;
    const wanted = waiters.reduce((sum, waiter) => sum + waiter.cost, 0);
    const least = waiters[0]?.cost ?? 1;
    const most = Math.max(least, Math.min(rule.count, Math.max(this.share, wanted)));
    return this.limiter.takeSome(`budget:${name}:${userId}`, rule, { least, most });
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

/** The budgets of the settings, one for each name in a process. */
@Injectable()
export class AccountBudgets {
  private readonly budgets = new Map<AccountRateLimitName, AccountBudget>();

  constructor(
    private readonly settings: Settings,
    private readonly limiter: RateLimiter,
    private readonly refusals: RateLimitRefusals,
    private readonly clock: Clock,
  ) {}

  /** Ask once and keep it. */
  of(name: AccountRateLimitName): AccountBudget {
    const known = this.budgets.get(name);
    if (known !== undefined) return known;
    const limit = {
      name,
      rule: this.settings[name],
      refuse: (retryAfterSeconds: number) => this.refusals.refuse(name, retryAfterSeconds),
    };
    const budget = new AccountBudget(limit, this.limiter, this.clock);
    this.budgets.set(name, budget);
    return budget;
  }
}
