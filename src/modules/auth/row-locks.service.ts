import { Injectable } from '@nestjs/common';
import { AccountLocks, sessionEnded, SessionLocks } from '../../core/accounts/index.js';
import type { SessionOfUser } from '../../core/accounts/index.js';
import type { Transaction } from '../../core/database/index.js';
import { AccountsRepository } from './accounts/accounts.repository.js';
import { SessionsRepository } from './sessions/sessions.repository.js';

@Injectable()
export class AccountRowLocks extends AccountLocks {
  constructor(private readonly accounts: AccountsRepository) {
    super();
  }

  override async lockForKeyShare(tx: Transaction, userId: string): Promise<void> {
    if (!(await this.accounts.lockForKeyShare(tx, userId))) throw sessionEnded();
  }
}

@Injectable()
export class SessionRowLocks extends SessionLocks {
  constructor(private readonly sessions: SessionsRepository) {
    super();
  }

  override async lockForShare(tx: Transaction, { userId, sessionId }: SessionOfUser): Promise<void> {
    if (!(await this.sessions.lockForShare(tx, userId, sessionId))) throw sessionEnded();
  }
}
