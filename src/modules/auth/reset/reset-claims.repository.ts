import type { Transaction } from '../../../core/database/index.js';
import type { ResetClaim } from './reset-claim.js';

/** Port and injection token. Claims that are used or called off are deleted: the history tells of them. */
export abstract class ResetClaimsRepository {
  abstract add(tx: Transaction, claim: ResetClaim): Promise<void>;

  /** The one with this hash, whether it has expired or not. */
  abstract findByHash(tokenHash: Uint8Array): Promise<ResetClaim | null>;

  /** Those of the user that have not expired, the newest first. */
  abstract findOpen(userId: string, now: number): Promise<ResetClaim[]>;

  /** All that are stored of the user, in the order of their ids, after one of them. */
  abstract findAfter(userId: string, after: string | null, limit: number): Promise<ResetClaim[]>;

  /** Those that have not expired, within a transaction. Only for an account that it holds. */
  abstract listOpen(tx: Transaction, userId: string, now: number): Promise<ResetClaim[]>;

  /** The claims that wait for an administrator, of all users, the oldest first, at most `limit`. */
  abstract findUnapproved(now: number, limit: number): Promise<ResetClaim[]>;

  /** Approves those of the user that have a token, are not approved and have not expired; answers with how many. */
  abstract approve(tx: Transaction, userId: string, approval: Approval): Promise<number>;

  /** Deletes the claim; false where it is gone, e.g. because it was used. */
  abstract use(tx: Transaction, id: string): Promise<boolean>;

  /** Deletes those of the user; answers with how many had not expired. */
  abstract deleteOf(tx: Transaction, userId: string, now: number): Promise<number>;

  /**
   * Up to `limit` that are to be mailed by now. Each is given to one replica, which counts as having begun: the next may
   * begin when `nextDelivery` says.
   */
  abstract takeDue(now: number, limit: number): Promise<ResetClaim[]>;

  /** It was mailed, or is not to be. */
  abstract settleDelivery(id: string): Promise<void>;

  /** Deletes up to `limit` that have expired; answers with how many. */
  abstract deleteExpired(limit: number): Promise<number>;
}

/** Unix milliseconds. */
export interface Approval {
  readonly approvedAt: number;
  readonly availableAt: number;
  readonly expiresAt: number;
}
