import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountExports, type ExportPage, exportPageOf } from '../../../core/accounts/index.js';
import { encodeBytes } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { stateOf } from '../devices/device-request.js';
import type { DeviceRequest } from '../devices/device-request.js';
import { DeviceRequestsRepository } from '../devices/device-requests.repository.js';
import type { ResetClaim } from '../reset/reset-claim.js';
import { ResetClaimsRepository } from '../reset/reset-claims.repository.js';

const ROWS_PER_PAGE = 100;

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
    const requests = await this.deviceRequests.findAbout({ userId, loginId }, after, ROWS_PER_PAGE);
    return exportPageOf(requests, ROWS_PER_PAGE, (request) => ({
      position: request.id,
      data: deviceRequestView(request),
    }));
  }

  private async readResetClaims(userId: string, after: string | null): Promise<ExportPage> {
    const claims = await this.resetClaims.findAfter(userId, after, ROWS_PER_PAGE);
    return exportPageOf(claims, ROWS_PER_PAGE, (claim) => ({ position: claim.id, data: resetClaimView(claim) }));
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
