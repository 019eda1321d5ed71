import type { Transaction } from '../../../core/database/index.js';
import type { Session } from './session.js';

/** How a rotation changes a session. */
export interface Rotation {
  /** Hash of the token that is to be replaced. */
  readonly from: Uint8Array;
  /** Hash of its successor. */
  readonly to: Uint8Array;
  readonly refreshedAt: number;
  readonly expiresAt: number;
}

/** Port and injection token. Revocations carry the time of the database, so that replicas agree about them. */
export abstract class SessionsRepository {
  abstract add(tx: Transaction, session: Session): Promise<void>;

  abstract find(id: string): Promise<Session | null>;

  /** Sessions that are neither revoked nor expired, the most recently used first. */
  abstract findActive(userId: string, now: number): Promise<Session[]>;

  /** All sessions that are stored, ended ones too: those with an id after this one, in the order of their ids. */
  abstract findAfter(userId: string, after: string | null, limit: number): Promise<Session[]>;

  /** Compare and set: false where the session is revoked or `from` is no longer its newest token. */
  abstract rotate(id: string, rotation: Rotation): Promise<boolean>;

  /** Ends one session of the user; false where there was none to end. */
  abstract revoke(tx: Transaction, userId: string, id: string): Promise<boolean>;

  /** Ends the sessions of the account except the `kept` most recently used ones; answers with the ids of the ended. */
  abstract revokeOfUser(tx: Transaction, userId: string, kept: number): Promise<string[]>;

  /** Ends all sessions of the account but the one of this id; answers with the ids of the ended. */
  abstract revokeOthers(tx: Transaction, userId: string, kept: string | null): Promise<string[]>;

  /**
   * Deletes all sessions of the account, those that have ended too, and keeps their ids for the other replicas; answers
   * with the ids.
   */
  abstract erase(tx: Transaction, userId: string): Promise<string[]>;

  /** Ids of the sessions that were revoked or erased within the last `seconds` of the database's clock. */
  abstract findRevokedWithin(seconds: number): Promise<string[]>;

  /** Until when the session goes on; null where it has ended, or where the user has no such session of this key. */
  abstract findEndOfActive(userId: string, id: string, key: Uint8Array | null): Promise<number | null>;

  /**
   * Keeps a session of the user from being ended until the transaction ends; false where it has ended or expired, or is
   * not the user's.
   */
  abstract lockForShare(tx: Transaction, userId: string, id: string): Promise<boolean>;

  /** Deletes up to `limit` sessions that ended or expired at least `seconds` ago; answers with how many. */
  abstract deleteEnded(seconds: number, limit: number): Promise<number>;

  /** Deletes the ids of erased sessions that ended more than `seconds` ago, at most `limit`. @returns how many */
  abstract forgetErased(seconds: number, limit: number): Promise<number>;
}
