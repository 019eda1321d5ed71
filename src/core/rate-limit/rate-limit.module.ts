import { Global, Module } from '@nestjs/common';
import { AccountBudgets } from './account-budgets.js';
import { PgRateLimiter } from './pg-rate-limiter.js';
import { RateLimitSweeper } from './rate-limit-sweeper.js';
import { RateLimitRefusals } from './rate-limit-refusals.js';
import { RateLimiter } from './rate-limiter.js';

@Global()
@Module({
  providers: [
    PgRateLimiter,
    { provide: RateLimiter, useExisting: PgRateLimiter },
    RateLimitRefusals,
    AccountBudgets,
    RateLimitSweeper,
  ],
  exports: [RateLimiter, RateLimitRefusals, AccountBudgets],
})
export class RateLimitModule {}
