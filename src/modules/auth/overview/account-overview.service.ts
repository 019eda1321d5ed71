import { Injectable } from '@nestjs/common';
import { sessionEnded } from '../../../core/accounts/index.js';
import { KeyRegistry } from '../../keys/index.js';
import type { Account } from '../accounts/account.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { StoredEscrow } from '../vault-key/escrow.js';
import { EscrowsRepository } from '../vault-key/escrows.repository.js';

/** What an account says to its owner. */
export interface OwnAccount {
  readonly account: Account;
  readonly loginId: string;
  /** null where nobody else can open the account. */
  readonly escrow: StoredEscrow | null;
}

@Injectable()
export class AccountOverview {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly escrows: EscrowsRepository,
  ) {}

  async get(userId: string): Promise<OwnAccount> {
    const account = await this.accounts.find(userId);
    const loginId = await this.keys.findLoginId(userId);
    // An account that is gone has ended its sessions; this request was a moment faster.
    if (account === null || loginId === null) throw sessionEnded();
    return { account, loginId, escrow: await this.escrows.find(userId) };
  }
}
