import type { AccountEvent } from '../../../core/accounts/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { RecordedEvent } from './account-event.js';

/** Port and injection token. Events are added and read, never changed; they go with the account, or when they are old. */
export abstract class AccountEventsRepository {
  /**
   * Numbers the events of an account one after the other: waits for a transaction that is adding another.
   * Keeps the name of the actor's session with the event, since the session may be deleted first.
   * @param at Unix milliseconds
   * @throws auth.session-ended where the account is gone
   */
  abstract add(tx: Transaction, event: AccountEvent, at: number): Promise<void>;

  /** The newest first, at most `limit`, only those before the id `before`. */
  abstract findNewest(userId: string, before: number, limit: number): Promise<RecordedEvent[]>;

  /** Deletes up to `limit` that are at least `seconds` old; answers with how many. Their numbers are not used again. */
  abstract deleteOld(seconds: number, limit: number): Promise<number>;
}
