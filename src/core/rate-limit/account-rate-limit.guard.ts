import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AccountRateLimitName } from '../config/index.js';
import type { Caller } from '../http/index.js';
import { AccountBudgets } from './account-budgets.js';

export const ACCOUNT_RATE_LIMIT_METADATA = 'sealpost:account-rate-limit';

/** Runs after the global guard, which says who the caller is. */
@Injectable()
export class AccountRateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly budgets: AccountBudgets,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const name = this.reflector.getAllAndOverride<AccountRateLimitName | undefined>(
      ACCOUNT_RATE_LIMIT_METADATA,
      targets,
    );
    if (name === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
    if (user === undefined) throw new Error('@AccountRateLimit() was used on a route without an authenticated caller');
    const waiting = this.budgets.of(name).spend(user.userId);
    return waiting === undefined ? true : waiting.then(() => true);
  }
}
