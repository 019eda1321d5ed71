import type { Transaction } from '../../../core/database/index.js';

/** Port and injection token. */
export abstract class UsedChallengesRepository {
  /** False where it was used before, on any replica. Waits for another transaction that is using it. */
  abstract use(tx: Transaction, challenge: Uint8Array): Promise<boolean>;

  /** Deletes up to `limit` that were used at least `seconds` ago; answers with how many. */
  abstract deleteOld(seconds: number, limit: number): Promise<number>;
}
