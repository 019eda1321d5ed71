export { type AccountBudget, AccountBudgets } from './account-budget.js';
export { ClientAddress } from './client-address.js';
export { OpenRouteLimit } from './open-route-limit.js';
export { AccountRateLimit, RateLimit } from './rate-limit.guard.js';
export { RateLimitModule } from './rate-limit.module.js';
export { RateLimiter, RateLimitRefusals, type RateLimitVerdict } from './rate-limiter.js';
