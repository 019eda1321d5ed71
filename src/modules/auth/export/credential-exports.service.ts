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

/** What an account's export has of credentials, sessions and history: no secrets, and no hashes of secrets. */
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
    this.exports.addSmall('unlock', (userId) => this.readUnlocks(userId));
    this.exports.addSmall('invitation', (userId) => this.invitations.findUsedBy(userId));
    this.exports.add({ kind: 'session', read: (userId, after) => this.readSessions(userId, after) });
    this.exports.add({ kind: 'event', read: (userId, after) => this.readEvents(userId, after) });
  }

  private async readAccount(userId: string): Promise<object[]> {
    const account = await this.accounts.find(userId);
    if (account === null) return [];
    const { suite, salt, authPublicKey, recoveryAuthPublicKey, credentialVersion, createdAt } = account;
    return [
      {
        userId,
        suite,
        salt: encodeBytes(salt),
        authPublicKey: encodeBytes(authPublicKey),
        recoveryAuthPublicKey: encodeBytes(recoveryAuthPublicKey),
        credentialVersion,
        createdAt,
      },
    ];
  }

  private async readUnlocks(userId: string): Promise<object[]> {
    const account = await this.accounts.find(userId);
    if (account === null) return [];
    const escrow = await this.escrows.find(userId);
    return [
      { unlockKind: 'password', unlock: encodeBytes(account.passwordUnlock) },
      { unlockKind: 'recovery', unlock: encodeBytes(account.recoveryUnlock) },
      ...(escrow === null ? [] : [escrowView(escrow)]),
    ];
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

function escrowView({ fingerprint, unlock, addedAt }: StoredEscrow): object {
  return { unlockKind: 'escrow', unlock: encodeBytes(unlock), fingerprint: encodeBytes(fingerprint), addedAt };
}
