import type { Transaction } from '../../../core/database/index.js';
import type { DeviceAnswer, DeviceApproval, DeviceOffer, DeviceRequest } from './device-request.js';

export interface AccountOfRequests {
  readonly userId: string;
  /** null where the account has none any more. */
  readonly loginId: string | null;
}

export type AdditionOfDeviceRequest = 'added' | 'id-taken' | 'full';

/**
 * Port and injection token. Every step is a compare and set: it answers false where the request is not in the state
 * before it, is denied or over. Each step that succeeds is notified on `DEVICE_REQUESTS_CHANNEL` with the id.
 */
export abstract class DeviceRequestsRepository {
  /**
   * Adds a request under a lock of the loginId. No more than `most` are neither over, nor collected, nor denied after an
   * answer.
   */
  abstract add(tx: Transaction, request: DeviceRequest, most: number): Promise<AdditionOfDeviceRequest>;

  abstract find(id: string): Promise<DeviceRequest | null>;

  /** Finds the requests that are neither denied nor collected nor over, the oldest first. */
  abstract findPending(loginId: string, now: number): Promise<DeviceRequest[]>;

  /**
   * Finds what is stored about an account, over or not: requests that the account has answered, and those for its loginId that
   * nobody has. In the order of their ids, after one of them.
   */
  abstract findAbout(account: AccountOfRequests, after: string | null, limit: number): Promise<DeviceRequest[]>;

  abstract answer(tx: Transaction, id: string, answer: DeviceAnswer, now: number): Promise<boolean>;

  abstract reveal(id: string, offer: DeviceOffer, now: number): Promise<boolean>;

  abstract approve(tx: Transaction, id: string, approval: DeviceApproval, now: number): Promise<boolean>;

  /** Denies the request, whatever its state, unless it is collected. */
  abstract deny(id: string, now: number): Promise<boolean>;

  /** Keeps the request as it is until the transaction ends. */
  abstract lockForUpdate(tx: Transaction, id: string): Promise<DeviceRequest | null>;

  /** Notes the collection of an approved request that the transaction holds. The request is over at `expiresAt` then. */
  abstract collect(tx: Transaction, id: string, sessionId: string, times: CollectionTimes): Promise<void>;

  /** Deletes up to `limit` requests that have been over for at least `seconds`; answers with how many. */
  abstract deleteExpired(seconds: number, limit: number): Promise<number>;
}

/** Unix milliseconds. */
export interface CollectionTimes {
  readonly collectedAt: number;
  readonly expiresAt: number;
}

/** The channel of LISTEN and NOTIFY on which replicas tell each other which request has got further. */
export const DEVICE_REQUESTS_CHANNEL = 'sealpost_device_requests';
