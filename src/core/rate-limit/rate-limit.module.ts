import { Global, Module } from '@nestjs/common';
import { AccountBudgets } from './account-budget.js';
import { OpenRouteLimit } from './open-route-limit.js';
import { PgRateLimiter } from './pg-rate-limiter.js';
import { RateLimiter, RateLimitRefusals } from './rate-limiter.js';

@Global()
@Module({
  providers: [{ provide: RateLimiter, useClass: PgRateLimiter }, RateLimitRefusals, AccountBudgets, OpenRouteLimit],
  exports: [RateLimiter, RateLimitRefusals, AccountBudgets, OpenRouteLimit],
})
export class RateLimitModule {}
