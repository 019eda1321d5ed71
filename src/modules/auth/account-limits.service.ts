import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { rateLimited, RateLimiter } from '../../core/rate-limit/index.js';

/** To register a loginId may be tried as often as to get a challenge for it. */
const RULES = {
  register: 'rateChallengePerAccount',
  challenge: 'rateChallengePerAccount',
  login: 'rateLoginPerAccount',
} as const;

/** Limits per loginId, whether somebody has it or not. Those per address are on the routes. */
@Injectable()
export class AccountLimitsService {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly settings: Settings,
  ) {}

  /** Rejects with request.rate-limited. */
  async take(action: keyof typeof RULES, loginId: string): Promise<void> {
    const verdict = await this.limiter.take(`account:${action}:${loginId}`, this.settings[RULES[action]]);
    if (!verdict.allowed) throw rateLimited(verdict.retryAfterSeconds);
  }
}
