import type { Transaction } from '../../../core/database/index.js';
import type { Account, NewCredentials } from './account.js';

/** `changed`: it has other credentials by now. */
export type StandingOfAccount = 'enabled' | 'disabled' | 'changed' | 'missing';

/** Port and injection token. */
export abstract class AccountsRepository {
  /** One query, whether the account exists or not. */
  abstract find(userId: string): Promise<Account | null>;

  /** Of these password suites those that accounts have, ascending. */
  abstract findSuitesInUse(suites: readonly number[]): Promise<number[]>;

  /** False where an account of this userId exists; the transaction stays usable. */
  abstract add(tx: Transaction, account: Account): Promise<boolean>;

  /** Keeps the account's credentials, and whether it is disabled, as they are until the transaction ends. */
  abstract holdStanding(tx: Transaction, account: Account): Promise<StandingOfAccount>;

  /** The same, for whoever is going to change them: waits for everybody who holds them, and keeps others waiting. */
  abstract hold(tx: Transaction, userId: string): Promise<Account | null>;

  /** Stores new credentials under the next credentialVersion. Only for an account that the transaction holds. */
  abstract replaceCredentials(tx: Transaction, held: Account, credentials: NewCredentials): Promise<void>;

  /** Keeps an account from being erased until the transaction ends, and from nothing else; false where there is none. */
  abstract keep(tx: Transaction, userId: string): Promise<boolean>;

  /** The same against `keep` too: waits for everybody who keeps it. Only for an account that the transaction holds. */
  abstract holdAlone(tx: Transaction, userId: string): Promise<void>;

  /** Deletes an account that the transaction holds alone, with its history. */
  abstract erase(tx: Transaction, userId: string): Promise<void>;

  /** False where it was so already, or where there is no such account. */
  abstract setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean>;
}
