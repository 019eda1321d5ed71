import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../config/index.js';
import type { RateLimitName } from '../config/index.js';
import { addressKey } from './address-key.js';
import { RateLimitRefusals } from './rate-limit-refusals.js';
import { RateLimiter } from './rate-limiter.js';

export const RATE_LIMIT_METADATA = 'sealpost:rate-limit';

@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
    private readonly refusals: RateLimitRefusals,
    private readonly settings: Settings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const name = this.reflector.getAllAndOverride<RateLimitName | undefined>(RATE_LIMIT_METADATA, targets);
    if (name === undefined) return true;
    // Fastify looks at X-Forwarded-For only when the connection comes from a trusted proxy.
    const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const verdict = await this.limiter.take(`${name}:${addressKey(ip)}`, this.settings[name]);
    if (!verdict.allowed) throw this.refusals.refuse(name, verdict.retryAfterSeconds);
    return true;
  }
}
