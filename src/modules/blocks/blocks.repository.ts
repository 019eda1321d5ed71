import type { Transaction } from '../../core/database/index.js';
import type { Block } from './block.js';

/** Who has blocked whom. Times are Unix milliseconds. */
export abstract class BlocksRepository {
  /** Up to `limit` blocks of a user with a userId above `after`, ascending. */
  abstract page(userId: string, after: string, limit: number): Promise<readonly Block[]>;

  /**
   * Remembers a block, unless the user has `most` already; one that exists stays as it is.
   * @returns false where there is no room for it
   */
  abstract add(tx: Transaction, userId: string, block: Block, most: number): Promise<boolean>;

  abstract remove(tx: Transaction, userId: string, blockedUserId: string): Promise<void>;

  /** Nobody needs to keep an erased user away. */
  abstract forget(tx: Transaction, blockedUserId: string): Promise<void>;
}
