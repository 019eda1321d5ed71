import type { Transaction } from '../../core/database/index.js';
import type { Account } from './account.js';

export type StandingOfAccount = 'enabled' | 'disabled' | 'missing';

/** Port and injection token. */
export abstract class AccountsRepository {
  /** One query, whether the account exists or not. */
  abstract find(userId: string): Promise<Account | null>;

  /** False where an account of this userId exists; the transaction stays usable. */
  abstract add(tx: Transaction, account: Account): Promise<boolean>;

  /** Keeps the account from being disabled or enabled until the transaction ends. */
  abstract holdStanding(tx: Transaction, userId: string): Promise<StandingOfAccount>;

  /** False where it was so already, or where there is no such account. */
  abstract setDisabled(tx: Transaction, userId: string, disabledAt: number | null): Promise<boolean>;
}
