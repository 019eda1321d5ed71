import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import type { AccountRateLimitName, RateLimitName } from '../config/index.js';
import { ApiProblems } from '../http/index.js';
import { ACCOUNT_RATE_LIMIT_METADATA, AccountRateLimitGuard } from './account-rate-limit.guard.js';
import { RATE_LIMIT_METADATA, RateLimitGuard } from './rate-limit.guard.js';

/** Limits a route, or all routes of a controller, per client address, by the named setting. */
export function RateLimit(name: RateLimitName): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(RATE_LIMIT_METADATA, name),
    UseGuards(RateLimitGuard),
    ApiProblems('request.rate-limited'),
  );
}

/** Limits a route, or all routes of a controller, per account, by the named setting; not for `@Public()` routes. */
export function AccountRateLimit(name: AccountRateLimitName): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCOUNT_RATE_LIMIT_METADATA, name),
    UseGuards(AccountRateLimitGuard),
    ApiProblems('request.rate-limited'),
  );
}
