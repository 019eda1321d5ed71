import type { Transaction } from '../../../core/database/index.js';

/** Times are Unix milliseconds. */
export interface UsedInvitation {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number;
}

/** Port and injection token. Codes are known here by their hashes only. */
export abstract class InvitationsRepository {
  abstract add(codeHash: Uint8Array, createdAt: number, expiresAt: number): Promise<void>;

  abstract isUsable(codeHash: Uint8Array, now: number): Promise<boolean>;

  /** False where it is unknown, used or expired. Of two at once, the second waits for the first. */
  abstract use(tx: Transaction, codeHash: Uint8Array, userId: string, now: number): Promise<boolean>;

  /** The invitations that the user has used. */
  abstract findUsedBy(userId: string): Promise<UsedInvitation[]>;

  /** Forgets that it was this user who used an invitation. */
  abstract forgetUser(tx: Transaction, userId: string): Promise<void>;

  /** Deletes up to `limit` that expired at least `seconds` ago; answers with how many. */
  abstract deleteExpired(seconds: number, limit: number): Promise<number>;
}
