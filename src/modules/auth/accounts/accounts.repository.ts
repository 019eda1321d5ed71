import type { Transaction } from '../../../core/database/index.js';
import type { Account, NewCredentials } from './account.js';

/** `changed`: it has other credentials by now. */
export type AccountStatus = 'enabled' | 'disabled' | 'changed' | 'missing';

/** Port and injection token. */
export abstract class AccountsRepository {
  abstract find(userId: string): Promise<Account | null>;

  /**
   * The account of a loginId, for callers who must not learn whether there is one. One statement, which reads the row of
   * an account either way: that of `standIn` or the next one, where nobody has the loginId.
   * @param loginId normalised
   * @param standIn a userId, which need not be anybody's
   */
  abstract findByLoginId(loginId: string, standIn: string): Promise<Account | null>;

  /** Which of these password suites accounts have, ascending. */
  abstract findSuitesInUse(suites: readonly number[]): Promise<number[]>;

  /** False where an account of this userId exists; the transaction stays usable. */
  abstract add(tx: Transaction, account: Account): Promise<boolean>;

  /** Keeps the account's credentials, and whether it is disabled, as they are until the transaction ends. */
  abstract lockStatus(tx: Transaction, account: Account): Promise<AccountStatus>;

  /** Locks the account for a change of its credentials: waits for everybody who has locked it, and keeps others waiting. */
  abstract lockForNoKeyUpdate(tx: Transaction, userId: string): Promise<Account | null>;

  /** Stores new credentials under the next credentialVersion. Only for an account that the transaction holds. */
  abstract replaceCredentials(tx: Transaction, held: Account, credentials: NewCredentials): Promise<void>;

  /** Keeps an account from being erased until the transaction ends, and from nothing else; false where there is none. */
  abstract lockForKeyShare(tx: Transaction, userId: string): Promise<boolean>;

  /** Waits for everybody who has it locked against erasure, too. Only for an account that the transaction holds. */
  abstract lockForUpdate(tx: Transaction, userId: string): Promise<void>;

  /** Deletes an account that the transaction holds alone, with its history. */
  abstract erase(tx: Transaction, userId: string): Promise<void>;

  /** False where it was so already, or where there is no such account. */
  abstract setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean>;
}
