import { Injectable } from '@nestjs/common';
import { equalBytes, LIMITS } from '@sealpost/protocol';
import type { DeviceRequestState } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { WaitOptions } from '../../../core/wakeups.js';
import { DpopService } from '../dpop/dpop.service.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import type { Asker } from '../limits/account-limits.service.js';
import {
  deviceProofRefused,
  deviceRequestConflict,
  deviceRequestDenied,
  deviceRequestIdTaken,
  deviceRequestNotFound,
  deviceRequestsFull,
} from '../shared/auth.errors.js';
import { pairingContextOf, stateOf } from './device-request.js';
import type { DeviceOffer, DeviceRequest, NewDeviceRequest } from './device-request.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';
import { DeviceWakeups } from './device-wakeups.service.js';

const NO_KEY = new Uint8Array(0);
const LIFE_MS = LIMITS.pairingSeconds * 1000;

/**
 * What the new device does. Nothing here asks whether somebody has the loginId: a request for one that nobody has waits
 * until it is over like one that nobody answers.
 */
@Injectable()
export class DeviceRequestsService {
  constructor(
    private readonly requests: DeviceRequestsRepository,
    private readonly wakeups: DeviceWakeups,
    private readonly limits: AccountLimitsService,
    private readonly dpop: DpopService,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * The same request again gets the same answer.
   * @param token the new device's secret; only its hash is kept
   */
  async open(wanted: NewDeviceRequest, token: Uint8Array, asker: Asker): Promise<DeviceRequest> {
    await this.limits.takeAs('device', wanted.loginId, asker);
    const now = this.clock.now();
    const request = {
      ...wanted,
      tokenHash: this.crypto.sha256(token),
      createdAt: now,
      expiresAt: now + LIFE_MS,
      ...{ deniedAt: null, answer: null, offer: null, approval: null, sessionId: null, collectedAt: null },
    };
    // A repetition must not meet the limit that it has used up itself.
    const earlier = await this.requests.find(request.id);
    if (earlier !== null) return this.repeated(earlier, request);
    const most = LIMITS.pairingRequests;
    const addition = await this.transactions.run((tx) => this.requests.add(tx, request, most));
    if (addition === 'full') throw deviceRequestsFull(LIMITS.pairingSeconds);
    if (addition === 'added') return request;
    return this.repeated(await this.requests.find(request.id), request);
  }

  /** With `known`, waits until the state is another one. */
  status(
    id: string,
    token: Uint8Array,
    known: DeviceRequestState | undefined,
    options: WaitOptions,
  ): Promise<DeviceRequest> {
    const look = (): Promise<DeviceRequest> => this.requireOwn(id, token);
    return this.wakeups.waitFor(id, options, look, (request) => (stateOf(request) === known ? 0 : null));
  }

  /** An offer that equals the stored one is a repetition. */
  async reveal(id: string, token: Uint8Array, offer: DeviceOffer): Promise<void> {
    const own = await this.requireOwn(id, token);
    const context = pairingContextOf(own, this.settings.serviceId);
    if (!this.crypto.verifyPairingOffer(own.commitment, context, offer)) throw deviceProofRefused('kemPublicKey');
    if (offer.sessionKey === undefined) this.dpop.requireNoKey();
    if (await this.requests.reveal(id, offer, this.clock.now())) return;
    const request = await this.requireOwn(id, token);
    const { offer: stored } = request;
    const same =
      stored !== null &&
      equalBytes(stored.kemPublicKey, offer.kemPublicKey) &&
      equalBytes(stored.deviceNonce, offer.deviceNonce) &&
      equalBytes(stored.sessionKey ?? NO_KEY, offer.sessionKey ?? NO_KEY);
    if (!same) throw deviceRequestConflict(stateOf(request));
  }

  /** @throws auth.device-request-not-found, auth.device-request-denied */
  async requireOwn(id: string, token: Uint8Array): Promise<DeviceRequest> {
    const request = await this.requests.find(id);
    const own = request !== null && this.crypto.equal(request.tokenHash, this.crypto.sha256(token));
    if (!own || request.expiresAt <= this.clock.now()) throw deviceRequestNotFound();
    // Who has denied it without an answer wants nothing to be known, not even that somebody has the loginId.
    if (request.deniedAt !== null && request.answer !== null) throw deviceRequestDenied();
    return request;
  }

  private repeated(earlier: DeviceRequest | null, request: DeviceRequest): DeviceRequest {
    const same =
      earlier !== null &&
      this.crypto.equal(earlier.tokenHash, request.tokenHash) &&
      equalBytes(earlier.commitment, request.commitment) &&
      earlier.loginId === request.loginId &&
      earlier.deviceName === request.deviceName;
    if (!same) throw deviceRequestIdTaken();
    return earlier;
  }
}
