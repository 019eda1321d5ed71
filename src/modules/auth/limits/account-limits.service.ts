import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/index.js';
import { RateLimiter, RateLimitRefusals } from '../../../core/rate-limit/index.js';

/**
 * Of what somebody is signed in for, each counts per userId, whatever loginId a request names: nobody uses up what is
 * another's. Exports as often as log-ins: each adds to the history. To register a loginId may be tried as often as to get a
 * challenge for it; to guess the recovery key as a password.
 */
const RULES = {
  register: 'rateChallengePerAccount',
  challenge: 'rateChallengePerAccount',
  ownChallenge: 'rateChallengePerAccount',
  login: 'rateLoginPerAccount',
  change: 'rateLoginPerAccount',
  recover: 'rateLoginPerAccount',
  export: 'rateLoginPerAccount',
  claim: 'rateLoginPerAccount',
  device: 'rateLoginPerAccount',
  reset: 'rateResetPerAccount',
} as const;

/** Limits per loginId, whether somebody has it or not, and per account. Those per address are on the routes. */
@Injectable()
export class AccountLimitsService {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly refusals: RateLimitRefusals,
    private readonly settings: Settings,
  ) {}

  /**
   * Rejects with request.rate-limited.
   * @param of the userId, of a change, a challenge for oneself, an export and a claim that counts; otherwise the loginId
   */
  async take(action: keyof typeof RULES, of: string): Promise<void> {
    const name = RULES[action];
    const verdict = await this.limiter.take(`account:${action}:${of}`, this.settings[name]);
    if (!verdict.allowed) throw this.refusals.refuse(name, verdict.retryAfterSeconds);
  }
}
