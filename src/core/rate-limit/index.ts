export type { AccountBudget } from './account-budget.js';
export { RateLimiter, type RateLimitVerdict } from './gcra.js';
export {
  AccountBudgets,
  AccountRateLimit,
  ClientAddress,
  OpenRouteLimit,
  RateLimit,
  RateLimitModule,
  RateLimitRefusals,
} from './rate-limit.module.js';
