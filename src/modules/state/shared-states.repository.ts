import type { Transaction } from '../../core/database/index.js';
import type { SharedState } from './shared-state.js';

/** One state for each account. Times are Unix milliseconds. */
export abstract class SharedStatesRepository {
  abstract find(userId: string): Promise<SharedState | null>;

  /** Locks what is stored to the end of the transaction; null where there is nothing yet. */
  abstract lock(tx: Transaction, userId: string): Promise<SharedState | null>;

  /** Stores a first state; false where somebody else has inserted one in the meantime: then lock that. */
  abstract insert(tx: Transaction, userId: string, state: SharedState, now: number): Promise<boolean>;

  /** Replaces the state. Only under the lock. */
  abstract replace(tx: Transaction, userId: string, state: SharedState, now: number): Promise<void>;

  /** Removes the state, where there is one. */
  abstract remove(tx: Transaction, userId: string): Promise<void>;
}
