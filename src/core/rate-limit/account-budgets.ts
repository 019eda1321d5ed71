import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Settings } from '../config/index.js';
import type { AccountRateLimitName } from '../config/index.js';
import { AccountBudget } from './account-budget.js';
import { RateLimitRefusals } from './rate-limit-refusals.js';
import { RateLimiter } from './rate-limiter.js';

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
