import { Global, Module } from '@nestjs/common';
import { AccountBudgets } from './account-budgets.js';
import { PgRateLimiter } from './pg-rate-limiter.js';
import { RateLimitSweeper } from './rate-limit-sweeper.js';
import { RateLimiter } from './rate-limiter.js';

@Global()
@Module({
  providers: [PgRateLimiter, { provide: RateLimiter, useExisting: PgRateLimiter }, AccountBudgets, RateLimitSweeper],
  exports: [RateLimiter, AccountBudgets],
})
export class RateLimitModule {}
