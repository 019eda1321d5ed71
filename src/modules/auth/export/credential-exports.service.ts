import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountExports, type ExportPage, exportPageOf } from '../../../core/accounts/index.js';
import { encodeBytes } from '../../../core/http/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { AccountEventsRepository } from '../history/account-events.repository.js';
import { AccountEventView } from '../history/dto/account-events.dto.js';
import { InvitationsRepository } from '../registration/invitations.repository.js';
import type { Session } from '../sessions/session.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import type { StoredEscrow } from '../vault-key/escrow.js';
import { EscrowsRepository } from '../vault-key/escrows.repository.js';

const ROWS_PER_PAGE = 200;

/**
 * What an account's export has of credentials, sessions and history: no secrets, no hashes of secrets, and nothing by which
 * somebody who has no more than an access token could tell a guessed password from the right one. That, the salt, the auth
 * keys and the vault key as the password wraps it, is given to who proves the password, at a log-in.
 */
@Injectable()
export class CredentialExports implements OnModuleInit {
  constructor(
    private readonly exports: AccountExports,
    private readonly accounts: AccountsRepository,
    private readonly escrows: EscrowsRepository,
    private readonly sessions: SessionsRepository,
    private readonly invitations: InvitationsRepository,
    private readonly events: AccountEventsRepository,
  ) {}

  onModuleInit(): void {
    this.exports.addSmall('account', (userId) => this.readAccount(userId));
    this.exports.addSmall('escrow', (userId) => this.readEscrow(userId));
    this.exports.addSmall('invitation', (userId) => this.invitations.findUsedBy(userId));
    this.exports.add({ kind: 'session', read: (userId, after) => this.readSessions(userId, after) });
    this.exports.add({ kind: 'event', read: (userId, after) => this.readEvents(userId, after) });
  }

  private async readAccount(userId: string): Promise<object[]> {
    const account = await this.accounts.find(userId);
    if (account === null) return [];
    const { suite, credentialVersion, createdAt } = account;
    return [{ userId, suite, credentialVersion, createdAt }];
  }

  private async readEscrow(userId: string): Promise<object[]> {
    const escrow = await this.escrows.find(userId);
    return escrow === null ? [] : [escrowView(escrow)];
  }

  private async readSessions(userId: string, after: string | null): Promise<ExportPage> {
    const sessions = await this.sessions.findAfter(userId, after, ROWS_PER_PAGE);
    return exportPageOf(sessions, ROWS_PER_PAGE, (session) => ({ position: session.id, data: sessionView(session) }));
  }

  /** The newest first, as the history shows them. */
  private async readEvents(userId: string, after: string | null): Promise<ExportPage> {
    const before = Number(after ?? Number.MAX_SAFE_INTEGER);
    const events = await this.events.findNewest(userId, before, ROWS_PER_PAGE);
    return exportPageOf(events, ROWS_PER_PAGE, (event) => ({
      position: String(event.id),
      data: new AccountEventView(event),
    }));
  }
}

function sessionView({ id, name, createdAt, refreshedAt, expiresAt, revokedAt }: Session): object {
  return { id, name, createdAt, refreshedAt, expiresAt, ...(revokedAt === null ? {} : { endedAt: revokedAt }) };
}

function escrowView({ fingerprint, addedAt }: StoredEscrow): object {
  return { fingerprint: encodeBytes(fingerprint), addedAt };
}
