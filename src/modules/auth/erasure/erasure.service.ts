import { Injectable } from '@nestjs/common';
import { encodeDeleteAccountFields } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { changeOf, CredentialChanges } from '../credentials/credential-changes.service.js';
import type { ChangeRequest } from '../credentials/credential-changes.service.js';
import { InvitationsRepository } from '../registration/invitations.repository.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';

/** The end of an account: everything goes but the key statements and their head (protocol section 5). */
@Injectable()
export class ErasureService {
  constructor(
    private readonly changes: CredentialChanges,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsRepository,
    private readonly invitations: InvitationsRepository,
    private readonly revocations: RevocationFeedService,
  ) {}

  /** Action `delete-account`. */
  async erase(userId: string, request: ChangeRequest): Promise<void> {
    const fields = encodeDeleteAccountFields({ userId, credentialVersion: request.credentialVersion });
    const change = changeOf('delete-account', userId, request, fields);
    await this.changes.requireOwner(change);
    const ended = await this.changes.run(change, (tx) => this.eraseHeld(tx, userId));
    this.revocations.add(ended);
  }

  /**
   * What others store of the user, they store while they lock the account (`AccountLocks`, or with an event of its
   * history): it is waited for, so that the handlers find it. Whoever locks the account and wants more has locked keys or
   * a session before. Both are locked by then, so that nobody waits in a circle.
   * @returns the ids of the sessions
   */
  private async eraseHeld(tx: Transaction, userId: string): Promise<string[]> {
    await this.keys.erase(tx, userId);
    const ended = await this.sessions.erase(tx, userId);
    await this.accounts.lockForUpdate(tx, userId);
    await this.lifecycle.erased(tx, userId);
    await this.invitations.forgetUser(tx, userId);
    await this.accounts.erase(tx, userId);
    return ended;
  }
}
