import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/index.js';
import { RateLimiter, RateLimitRefusals } from '../../../core/rate-limit/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { KnownDevices } from './known-devices.service.js';

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
  device: 'rateDevicePerAccount',
  reset: 'rateResetPerAccount',
} as const;

/** What one client address can ask for somebody, a few can ask together: less, and the few would keep everybody else out. */
const ADDRESSES = 10;

/** Who asks for something of an account, of whom nothing is known but this. */
export interface Asker {
  /** The client address, as far as a limit can tell. */
  readonly address: string;
  /** The token that the client sent; undefined where it sent none. */
  readonly deviceToken: string | undefined;
}

/** Limits per loginId, whether somebody has it or not, and per account. Those per address are on the routes. */
@Injectable()
export class AccountLimitsService {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly refusals: RateLimitRefusals,
    private readonly settings: Settings,
    private readonly keys: KeyRegistry,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * Counts an attempt, and rejects with request.rate-limited where there is none left.
   * @param of the userId, of a change, a challenge for oneself, an export and a claim that counts; otherwise the loginId
   */
  async take(action: keyof typeof RULES, of: string): Promise<void> {
    await this.takeFrom(`account:${action}:${of}`, action);
  }

  /**
   * Counts an attempt of a caller of whom nothing is known but, perhaps, that they have had a session of the account: a
   * known device has a limit of its own. Whether it is known is asked of the device's user, so that the answer and its time
   * say nothing about a loginId that is somebody else's.
   * @param deviceToken as it was sent; undefined: none was
   */
  async takeFor(
    action: 'challenge' | 'login' | 'recover',
    loginId: string,
    deviceToken: string | undefined,
  ): Promise<void> {
    const known = await this.keyOfKnown(action, loginId, deviceToken);
    if (known === null) await this.take(action, loginId);
    else await this.takeFrom(known, action);
  }

  /**
   * Counts an attempt that helps nobody to guess a secret: it counts per loginId and address, so that one stranger does not use
   * up what is everybody's, and only with much room per loginId alone.
   */
  async takeAs(action: 'device' | 'reset', loginId: string, { address, deviceToken }: Asker): Promise<void> {
    const known = await this.keyOfKnown(action, loginId, deviceToken);
    if (known !== null) return this.takeFrom(known, action);
    // In this order: what is refused here is not taken from everybody.
    await this.takeFrom(`address:${action}:${address}:${loginId}`, action);
    await this.takeFrom(`account:${action}:${loginId}`, action, ADDRESSES);
  }

  /** The key of the limit of a device that has had a session of the account; null for any other device. */
  private async keyOfKnown(
    action: keyof typeof RULES,
    loginId: string,
    deviceToken: string | undefined,
  ): Promise<string | null> {
    const device = this.devices.find(deviceToken);
    const isKnown = device !== null && (await this.keys.findLoginId(device.userId)) === loginId;
    return isKnown ? `device:${action}:${device.userId}:${device.group}` : null;
  }

  private async takeFrom(key: string, action: keyof typeof RULES, times = 1): Promise<void> {
    const name = RULES[action];
    const { count, seconds } = this.settings[name];
    const verdict = await this.limiter.take(key, { count: count * times, seconds });
    if (!verdict.allowed) throw this.refusals.refuse(name, verdict.retryAfterSeconds);
  }
}
