import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AccountBudgets } from '../../core/rate-limit/index.js';
import type { AccountBudget } from '../../core/rate-limit/index.js';
import type { FoundUser } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';

/** Accounts that are remembered. One that is forgotten loses the attempt that it has paid for. */
const ACCOUNTS = 20_000;

interface Account {
  /** An attempt that was taken from the budget and not used up: a look-up found somebody. */
  paid: boolean;
  /** The look-up of this account that came last; they run one after another. */
  last: Promise<unknown>;
}

/**
 * Look-ups by loginId. Those of names that nobody has are scarce: whoever tries addresses out misses most of the time. An attempt is paid
 * before the look, and kept for the next one where the look finds somebody. So nothing is looked up while none is left:
 * otherwise a refusal would say what it is to keep back. Look-ups of one account wait for each other, or as many as run
 * at once would share one attempt.
 */
@Injectable()
export class LoginIdLookUps {
  readonly #budget: AccountBudget;
  readonly #accounts = new LRUCache<string, Account>({ max: ACCOUNTS });

  constructor(
    private readonly statements: KeyStatementsRepository,
    budgets: AccountBudgets,
  ) {
    this.#budget = budgets.of('rateLookupMissPerAccount');
  }

  /**
   * The user who has this loginId.
   * @throws keys.user-not-found, which counts for whoever asks; request.rate-limited, without a look, where it was too often
   */
  async getUser(loginId: string, askedBy: string): Promise<FoundUser> {
    const account = this.#accountOf(askedBy);
    const found = account.last.then(() => this.#look(loginId, askedBy, account));
    account.last = found.catch(() => undefined);
    const user = await found;
    if (user === null) throw errors.userNotFound();
    return user;
  }

  #accountOf(userId: string): Account {
    const known = this.#accounts.get(userId);
    if (known !== undefined) return known;
    const account: Account = { paid: false, last: Promise.resolve() };
    this.#accounts.set(userId, account);
    return account;
  }

  async #look(loginId: string, askedBy: string, account: Account): Promise<FoundUser | null> {
    if (!account.paid) await this.#budget.spend(askedBy);
    account.paid = true;
    const found = await this.statements.findUser(loginId);
    account.paid = found !== null;
    return found;
  }
}
