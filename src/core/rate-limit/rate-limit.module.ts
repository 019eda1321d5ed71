import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Global,
  Injectable,
  Module,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { Clock } from '../clock.js';
import { RATE_LIMIT_NAMES, Settings } from '../config/index.js';
import type { AccountRateLimitName, RateLimitName } from '../config/index.js';
import { DomainError } from '../errors.js';
import { ApiProblems, type Caller, isOpenRoute } from '../http/index.js';
import { type Counter, Metrics } from '../metrics/index.js';
import { AccountBudget } from './account-budget.js';
import { ArrivalTimes, type Gcra, gcraOf, RateLimiter } from './gcra.js';
import { PgRateLimiter } from './pg-rate-limiter.js';

const PER_ADDRESS = 'sealpost:rate-limit';
const PER_ACCOUNT = 'sealpost:account-rate-limit';
const NETWORK_PARTS = 4;
const CAPACITY = 20_000;
const ONE = { least: 1, most: 1 } as const;

/**
 * Whoever is behind an address, as far as a limit can tell: an IPv4 address, or the /64 of an IPv6 address, since that
 * is the least a single customer gets. Anything else is taken as it is.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, NETWORK_PARTS);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}

/**
 * The `addressKey` of the request, as a handler's parameter of type `string`. Fastify looks at X-Forwarded-For only when
 * the connection comes from a trusted proxy.
 */
export const ClientAddress = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  addressKey(context.switchToHttp().getRequest<FastifyRequest>().ip),
);

export function rateLimited(retryAfterSeconds: number): DomainError {
  return new DomainError('request.rate-limited', `Too many requests. Repeat this one in ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
  });
}

/** `rateSendPerAccount` is counted as `send_per_account`. */
function labelOf(name: RateLimitName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^rate_/, '');
}

/** Says no, and counts how often. */
@Injectable()
export class RateLimitRefusals {
  private readonly counters: ReadonlyMap<RateLimitName, Counter>;

  constructor(metrics: Metrics) {
    const family = metrics.counters({
      name: 'sealpost_rate_limit_refusals_total',
      help: 'Requests answered with 429, by the limit that they were beyond.',
      labels: ['limit'],
    });
    this.counters = new Map(RATE_LIMIT_NAMES.map((name) => [name, family.with({ limit: labelOf(name) })]));
  }

  /** The error to throw: request.rate-limited. */
  refuse(name: RateLimitName, retryAfterSeconds: number): DomainError {
    this.counters.get(name)?.increment();
    return rateLimited(retryAfterSeconds);
  }
}

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

/**
 * Counts requests of documents that anybody may read, per client address, in this process: a statement each would cost
 * more than the answers do. The last 20,000 addresses are remembered.
 */
@Injectable()
export class OpenRouteLimit {
  readonly #gcra: Gcra;
  readonly #arrivals: ArrivalTimes;

  constructor(
    settings: Settings,
    clock: Clock,
    private readonly refusals: RateLimitRefusals,
  ) {
    this.#gcra = gcraOf(settings.rateOpenPerAddress);
    this.#arrivals = new ArrivalTimes(clock, CAPACITY);
  }

  /** Looks at every request before anything else is done with it. */
  guard(instance: Pick<FastifyInstance, 'addHook'>): void {
    instance.addHook('onRequest', (request, _reply, done) => {
      const verdict = isOpenRoute(request) ? this.#arrivals.take(addressKey(request.ip), this.#gcra, ONE) : null;
      if (verdict === null || verdict.allowed) done();
      else done(this.refusals.refuse('rateOpenPerAddress', verdict.retryAfterSeconds));
    });
  }
}

@Global()
@Module({
  providers: [{ provide: RateLimiter, useClass: PgRateLimiter }, RateLimitRefusals, AccountBudgets, OpenRouteLimit],
  exports: [RateLimiter, RateLimitRefusals, AccountBudgets, OpenRouteLimit],
})
export class RateLimitModule {}
