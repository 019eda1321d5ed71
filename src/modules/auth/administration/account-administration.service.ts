import { Injectable } from '@nestjs/common';
import { AccountLifecycle, NO_ACTOR } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Transactions } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { InvitationsService } from '../registration/invitations.service.js';
import type { NewInvitation } from '../registration/invitations.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { accountNotFound } from '../shared/auth.errors.js';

/** What an administrator can do to accounts. Works in a process of its own beside running servers. */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly transactions: Transactions,
    private readonly keys: KeyRegistry,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
    private readonly revocations: RevocationFeedService,
    private readonly invitations: InvitationsService,
    private readonly lifecycle: AccountLifecycle,
    private readonly clock: Clock,
  ) {}

  /** Ends the account's sessions, on all replicas within seconds, and refuses log-ins. May be repeated. */
  async disable(loginId: string): Promise<void> {
    const userId = await this.getUserId(loginId);
    const ended = await this.transactions.run(async (tx) => {
      const changed = await this.accounts.setDisabled(tx, userId, this.clock.now());
      if (changed) await this.lifecycle.happened(tx, { kind: 'account-disabled', userId, actor: NO_ACTOR });
      return this.sessions.revokeOfUser(tx, userId, 0);
    });
    this.revocations.add(ended);
  }

  /** Allows log-ins again; ended sessions stay ended. May be repeated. */
  async enable(loginId: string): Promise<void> {
    const userId = await this.getUserId(loginId);
    await this.transactions.run(async (tx) => {
      const changed = await this.accounts.setDisabled(tx, userId, null);
      if (changed) await this.lifecycle.happened(tx, { kind: 'account-enabled', userId, actor: NO_ACTOR });
    });
  }

  /** For one registration where the service is open by invitation only. */
  createInvitation(options: { readonly expiresInSeconds: number }): Promise<NewInvitation> {
    return this.invitations.create(options.expiresInSeconds);
  }

  private async getUserId(loginId: string): Promise<string> {
    const userId = await this.keys.findUserIdByLoginId(loginId);
    if (userId === null) throw accountNotFound();
    return userId;
  }
}
