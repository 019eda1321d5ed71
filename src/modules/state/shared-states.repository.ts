import type { Transaction } from '../../core/database/index.js';
import type { SharedState } from './shared-state.js';

/** One state for each account. Times are Unix milliseconds. */
export abstract class SharedStatesRepository {
  abstract find(userId: string): Promise<SharedState | null>;

  /** What is stored from now to the end of the transaction, unless there is nothing yet. */
  abstract lock(tx: Transaction, userId: string): Promise<SharedState | null>;

  /** False where somebody else has inserted one in the meantime: then lock it. */
  abstract insert(tx: Transaction, userId: string, state: SharedState, now: number): Promise<boolean>;

  /** Only under the lock. */
  abstract replace(tx: Transaction, userId: string, state: SharedState, now: number): Promise<void>;

  /** Also where there is none. */
  abstract remove(tx: Transaction, userId: string): Promise<void>;
}
