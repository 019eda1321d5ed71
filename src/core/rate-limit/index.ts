export type { AccountBudget } from './account-budget.js';
export { AccountBudgets } from './account-budgets.js';
export { AccountRateLimit, RateLimit } from './rate-limit.decorator.js';
export { RateLimitRefusals } from './rate-limit-refusals.js';
export { RateLimitModule } from './rate-limit.module.js';
export { RateLimiter } from './rate-limiter.js';
export type { RateLimitVerdict } from './rate-limiter.js';
