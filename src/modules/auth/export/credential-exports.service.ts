import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AccountExports, exportPageOf } from '../../../core/accounts/index.js';
import type { ExportPage } from '../../../core/accounts/index.js';
import { encodeBytes } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { stateOf } from '../devices/device-request.js';
import type { DeviceRequest } from '../devices/device-request.js';
import { DeviceRequestsRepository } from '../devices/device-requests.repository.js';
import { AccountEventView } from '../history/account-events.controller.js';
import { AccountEventsRepository } from '../history/account-events.repository.js';
import { InvitationsRepository } from '../registration/invitations.repository.js';
import type { ResetClaim } from '../reset/reset-claim.js';
import { ResetClaimsRepository } from '../reset/reset-claims.repository.js';
import type { Session } from '../sessions/session.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { EscrowsRepository } from '../vault-key/escrows.repository.js';
import type { StoredEscrow } from '../vault-key/escrows.repository.js';

const ROWS_PER_PAGE = 200;
const PENDING_PER_PAGE = 100;

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

/**
 * What an account's export has of things that are under way: new devices that want to join, and claims to begin anew. No
 * secrets of those who ask, and no hashes of them. A request is about the account that has answered it; one that nobody
 * has answered is about whoever has the loginId.
 */
@Injectable()
export class PendingExports implements OnModuleInit {
  constructor(
    private readonly exports: AccountExports,
    private readonly keys: KeyRegistry,
    private readonly deviceRequests: DeviceRequestsRepository,
    private readonly resetClaims: ResetClaimsRepository,
  ) {}

  onModuleInit(): void {
    this.exports.add({ kind: 'device-request', read: (userId, after) => this.readDeviceRequests(userId, after) });
    this.exports.add({ kind: 'reset-claim', read: (userId, after) => this.readResetClaims(userId, after) });
  }

  private async readDeviceRequests(userId: string, after: string | null): Promise<ExportPage> {
    const loginId = await this.keys.findLoginId(userId);
    const requests = await this.deviceRequests.findAbout({ userId, loginId }, after, PENDING_PER_PAGE);
    return exportPageOf(requests, PENDING_PER_PAGE, (request) => ({
      position: request.id,
      data: deviceRequestView(request),
    }));
  }

  private async readResetClaims(userId: string, after: string | null): Promise<ExportPage> {
    const claims = await this.resetClaims.findAfter(userId, after, PENDING_PER_PAGE);
    return exportPageOf(claims, PENDING_PER_PAGE, (claim) => ({ position: claim.id, data: resetClaimView(claim) }));
  }
}

function deviceRequestView(request: DeviceRequest): object {
  const { answer, offer, approval } = request;
  return present({
    id: request.id,
    loginId: request.loginId,
    deviceName: request.deviceName,
    state: stateOf(request),
    createdAt: request.createdAt,
    expiresAt: request.expiresAt,
    deniedAt: request.deniedAt,
    commitment: encodeBytes(request.commitment),
    approverSessionId: answer?.approverSessionId,
    keyVersion: answer?.keyVersion,
    keysHash: bytesOrNone(answer?.keysHash),
    approverNonce: bytesOrNone(answer?.approverNonce),
    kemPublicKey: bytesOrNone(offer?.kemPublicKey),
    deviceNonce: bytesOrNone(offer?.deviceNonce),
    handover: bytesOrNone(approval?.handover),
    credentialVersion: approval?.credentialVersion,
    approverClient: approval?.approverClient,
    sessionId: request.sessionId,
    collectedAt: request.collectedAt,
  });
}

function resetClaimView({ mailed, client, requestedAt, approvedAt, availableAt, expiresAt }: ResetClaim): object {
  return present({ mailed, client, requestedAt, approvedAt, availableAt, expiresAt });
}

function bytesOrNone(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : encodeBytes(bytes);
}

/** An absent member is omitted. */
function present(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}
