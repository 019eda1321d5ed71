import type { Transaction } from '../../../core/database/index.js';
import type { ResetClaim } from './reset-claim.js';

/** Port and injection token. Claims that are used or called off are deleted: the history tells of them. */
export abstract class ResetClaimsRepository {
  abstract add(tx: Transaction, claim: ResetClaim): Promise<void>;

  /** Finds the claim with this hash, whether it has expired or not. */
  abstract findByHash(tokenHash: Uint8Array): Promise<ResetClaim | null>;

  /** Finds the claims of the user that have not expired, the newest first. */
  abstract findOpen(userId: string, now: number): Promise<ResetClaim[]>;

  /** Finds all claims of the user, in the order of their ids, after one of them. */
  abstract findAfter(userId: string, after: string | null, limit: number): Promise<ResetClaim[]>;

  /** Finds the claims that have not expired, within a transaction that holds the account. */
  abstract listOpen(tx: Transaction, userId: string, now: number): Promise<ResetClaim[]>;

  /** Finds the claims that wait for an administrator, of all users, the oldest first, at most `limit`. */
  abstract findUnapproved(now: number, limit: number): Promise<ResetClaim[]>;

  /** Approves the claims of the user that have a token, are not approved and have not expired; answers with how many. */
  abstract approve(tx: Transaction, userId: string, approval: Approval): Promise<number>;

  /** Deletes the claim; false where it is gone, e.g. because it was used. */
  abstract use(tx: Transaction, id: string): Promise<boolean>;

  /** Deletes the claims of the user; answers with how many had not expired. */
  abstract deleteOf(tx: Transaction, userId: string, now: number): Promise<number>;

  /**
   * Takes up to `limit` claims that are to be mailed by now. Each is given to one replica, which counts as having begun: the next may
   * begin when `nextDelivery` says.
   */
  abstract takeDue(now: number, limit: number): Promise<ResetClaim[]>;

  /** Notes that the claim was mailed, or is not to be. */
  abstract settleDelivery(id: string): Promise<void>;

  /** Deletes up to `limit` claims that have expired; answers with how many. */
  abstract deleteExpired(limit: number): Promise<number>;
}

/** Unix milliseconds. */
export interface Approval {
  readonly approvedAt: number;
  readonly availableAt: number;
  readonly expiresAt: number;
}
