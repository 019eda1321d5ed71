import type { Transaction } from '../../../core/database/index.js';
import type { EscrowWrap, StoredEscrow } from './escrow.js';

/** Port and injection token. */
export abstract class EscrowsRepository {
  abstract find(userId: string): Promise<StoredEscrow | null>;

  /** Reads the escrow within the transaction. */
  abstract findIn(tx: Transaction, userId: string): Promise<StoredEscrow | null>;

  /** Stores the escrow in place of the one that there was. Only for an account that the transaction holds. */
  abstract put(tx: Transaction, userId: string, wrap: EscrowWrap, now: number): Promise<void>;

  /** Removes the escrow; false where there was none. Only for an account that the transaction holds. */
  abstract remove(tx: Transaction, userId: string): Promise<boolean>;
}
