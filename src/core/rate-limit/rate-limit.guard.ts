import { applyDecorators, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../config/index.js';
import type { AccountRateLimitName, RateLimitName } from '../config/index.js';
import { ApiProblems, type Caller } from '../http/index.js';
import { AccountBudgets } from './account-budget.js';
import { addressKey } from './client-address.js';
import { RateLimiter, RateLimitRefusals } from './rate-limiter.js';

const PER_ADDRESS = 'sealpost:rate-limit';
const PER_ACCOUNT = 'sealpost:account-rate-limit';

/** Limits a route, or all routes of a controller, per client address, by the named setting. */
export function RateLimit(name: RateLimitName): ClassDecorator & MethodDecorator {
  return limited(PER_ADDRESS, name, RateLimitGuard);
}

/** Limits a route, or all routes of a controller, per account, by the named setting; not for `@Public()` routes. */
export function AccountRateLimit(name: AccountRateLimitName): ClassDecorator & MethodDecorator {
  return limited(PER_ACCOUNT, name, AccountRateLimitGuard);
}

function limited(key: string, name: RateLimitName, guard: new (...args: never[]) => CanActivate) {
  return applyDecorators(SetMetadata(key, name), UseGuards(guard), ApiProblems('request.rate-limited'));
}

@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
    private readonly refusals: RateLimitRefusals,
    private readonly settings: Settings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = limitOf(this.reflector, PER_ADDRESS, context);
    if (name === undefined) return true;
    const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const verdict = await this.limiter.take(`${name}:${addressKey(ip)}`, this.settings[name]);
    if (!verdict.allowed) throw this.refusals.refuse(name, verdict.retryAfterSeconds);
    return true;
  }
}

/** Runs after the global guard, which says who the caller is. */
@Injectable()
export class AccountRateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly budgets: AccountBudgets,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const name = limitOf(this.reflector, PER_ACCOUNT, context) as AccountRateLimitName | undefined;
    if (name === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
    if (user === undefined) throw new Error('@AccountRateLimit() was used on a route without an authenticated caller');
    const waiting = this.budgets.of(name).spend(user.userId);
    return waiting === undefined ? true : waiting.then(() => true);
  }
}

function limitOf(reflector: Reflector, key: string, context: ExecutionContext): RateLimitName | undefined {
  if (context.getType() !== 'http') return undefined;
  return reflector.getAllAndOverride<RateLimitName | undefined>(key, [context.getHandler(), context.getClass()]);
}
