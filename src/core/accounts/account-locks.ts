import type { Transaction } from '../database/index.js';

/** A session, and whose it has to be. */
export interface SessionOfUser {
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Locks of accounts, for whoever stores something of a user: what is stored in a transaction that holds the lock is there
 * before the user is erased, and so goes with the others, or is not stored at all. The module that keeps accounts provides
 * it; without one the server does not start.
 */
export abstract class AccountLocks {
  /**
   * Keeps the user from being erased until the transaction ends.
   * @throws auth.session-ended where the user has been erased
   */
  abstract lockForKeyShare(tx: Transaction, userId: string): Promise<void>;
}

/**
 * Locks of sessions, for whoever stores what only a session that still is may store: they ask the database, so that a
 * replica that has not heard of the end is no way around it. The module that keeps sessions provides it; without one the
 * server does not start.
 */
export abstract class SessionLocks {
  /**
   * Keeps the session from being ended until the transaction ends. Before any other lock but those of keys: erasures take
   * them in this order.
   * @throws auth.session-ended where it has ended already, or is not this user's
   */
  abstract lockForShare(tx: Transaction, session: SessionOfUser): Promise<void>;
}
