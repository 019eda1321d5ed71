import type { ServiceJson, VerifiedStatement } from '@sealpost/protocol';
import { newestOf } from '../trust/chain.js';
import { SealpostError, type ApiError } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import type { OwnKeys } from './own-keys.js';

/** Who replaces keys that the service calls too old: the SDK while it sends, or the application. */
export type KeyRotation = 'automatic' | 'manual';

/** What the service asks of the age of keys. */
export interface KeyPolicy {
  /** Keys older than this cannot be sent with; absent where the service does not mind. */
  readonly maxAgeMs?: number;
  /** When the newest keys become too old, Unix milliseconds; clocks may differ by some minutes. */
  readonly dueAt?: number;
}

/** Keys are replaced after this share of their time, so that a device that is seldom used is not refused. */
const SHARE_BEFORE_RENEWAL = 0.8;
/** No server can make a client rotate without end: what it says is not taken below this, and demands not more often. */
const SHORTEST_MAX_AGE_SECONDS = 3600;
const DEMAND_PAUSE_MS = 60_000;
/** After a renewal that failed, sends go on without one for so long. */
const FAILURE_PAUSE_MS = 60_000;

export interface RotationDutyOptions {
  readonly keyRotation: KeyRotation;
  /** What the service says of itself: as it was asked once, and as it is now. */
  readonly service: { readonly known: () => Promise<ServiceJson>; readonly refresh: () => Promise<ServiceJson> };
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Keeps the user's keys young enough to send with, where the application lets it. */
export class RotationDuty {
  #aheadNotBefore = 0;
  #demandNotBefore = 0;

  constructor(
    private readonly own: Pick<OwnKeys, 'opened' | 'rotate'>,
    private readonly options: RotationDutyOptions,
  ) {}

  async policy(): Promise<KeyPolicy> {
    const { keysMaxAgeSeconds } = await this.options.service.refresh();
    if (keysMaxAgeSeconds === undefined) return {};
    const maxAgeMs = keysMaxAgeSeconds * 1000;
    return { maxAgeMs, dueAt: (await this.#newest()).createdAt + maxAgeMs };
  }

  /** @returns the new version, or null where the present one is young enough, perhaps since another device rotated */
  async rotateWhenDue(call: CallOptions = {}): Promise<VerifiedStatement | null> {
    return this.#renew(await this.options.service.refresh(), call);
  }

  /** Before a send. Where it fails, the present keys serve until the server refuses them. */
  async renewAhead(): Promise<void> {
    const { keyRotation, service, now } = this.options;
    if (keyRotation === 'manual' || now() < this.#aheadNotBefore) return;
    try {
      await this.#renew(await service.known());
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
      this.#aheadNotBefore = now() + FAILURE_PAUSE_MS;
    }
  }

  /**
   * After 409 keys.rotation-due for a message of this key version: there is a newer one when it returns.
   * @throws the refusal where rotating is left to the application, or has just been asked for
   */
  async fulfil(senderKeyVersion: number, refusal: ApiError): Promise<void> {
    const { keyRotation, now } = this.options;
    if (keyRotation === 'manual') throw refusal;
    const isFresh = ({ version }: VerifiedStatement): boolean => version > senderKeyVersion;
    if (isFresh(await this.#newest())) return;
    if (now() < this.#demandNotBefore) throw refusal;
    this.#demandNotBefore = now() + DEMAND_PAUSE_MS;
    await this.own.rotate({}, isFresh);
  }

  async #renew({ keysMaxAgeSeconds }: ServiceJson, call: CallOptions = {}): Promise<VerifiedStatement | null> {
    if (keysMaxAgeSeconds === undefined) return null;
    const lifeMs = Math.max(keysMaxAgeSeconds, SHORTEST_MAX_AGE_SECONDS) * 1000;
    const oldest = this.options.now() - lifeMs * SHARE_BEFORE_RENEWAL;
    const isFresh = ({ createdAt }: VerifiedStatement): boolean => createdAt > oldest;
    if (isFresh(await this.#newest())) return null;
    return this.own.rotate(call, isFresh);
  }

  async #newest(): Promise<VerifiedStatement> {
    return newestOf((await this.own.opened()).chain);
  }
}
