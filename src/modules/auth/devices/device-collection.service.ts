import { Injectable } from '@nestjs/common';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import type { StoredVault } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account } from '../accounts/accounts.repository.js';
import { DpopService } from '../dpop/dpop.service.js';
import { RevocationFeedService } from '../sessions/revocation-feed.service.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { OpenedSession } from '../sessions/sessions.service.js';
import {
  accountDisabled,
  deviceRequestConflict,
  deviceRequestDenied,
  deviceRequestNotFound,
} from '../shared/auth.errors.js';
import { COLLECT_AGAIN_MS, stateOf } from './device-request.js';
import type { DeviceAnswer, DeviceApproval, DeviceRequest } from './device-request.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';
import { DeviceRequestsService } from './device-requests.service.js';

/** What a new device gets in the end. */
export interface CollectedDevice extends OpenedSession {
  readonly account: Account;
  readonly vault: StoredVault;
  readonly handover: Uint8Array;
}

interface ApprovedRequest extends DeviceRequest {
  readonly answer: DeviceAnswer;
  readonly approval: DeviceApproval;
}

/** Where an approved device becomes a session. */
@Injectable()
export class DeviceCollection {
  constructor(
    private readonly devices: DeviceRequestsService,
    private readonly requests: DeviceRequestsRepository,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly sessions: SessionsService,
    private readonly sessionsOfUsers: SessionsRepository,
    private readonly dpop: DpopService,
    private readonly lifecycle: AccountLifecycle,
    private readonly revocations: RevocationFeedService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Once; for 30 seconds again, for a client that lost the answer, and then with the same session and refresh token. */
  async collect(id: string, token: Uint8Array, proof: PresentedProof, actor: Actor): Promise<CollectedDevice> {
    const request = approvedOf(await this.devices.requireOwn(id, token));
    this.dpop.requireKeyOfNewSession(proof, request.offer?.sessionKey ?? null);
    const { userId } = request.answer;
    const account = await this.accounts.find(userId);
    if (account === null) throw deviceRequestDenied();
    const vault = await this.keys.getVault(userId);
    const opened = await this.transactions.run(async (tx) => {
      await this.requireEnabled(tx, account, request.approval);
      const held = await this.requests.lockForUpdate(tx, id);
      if (held === null) throw deviceRequestNotFound();
      if (held.deniedAt !== null) throw deviceRequestDenied();
      return held.sessionId === null ? this.open(tx, request, token, actor) : this.again(held.sessionId, token);
    });
    this.revocations.add(opened.ended);
    return { ...opened, account, vault, handover: request.approval.handover };
  }

  /** What was approved under other credentials does not count: whoever changed them wanted other sessions to end. */
  private async requireEnabled(tx: Transaction, account: Account, approval: DeviceApproval): Promise<void> {
    const { credentialVersion } = approval;
    const status = await this.accounts.lockStatus(tx, { ...account, credentialVersion });
    if (status === 'disabled') throw accountDisabled();
    if (status !== 'enabled') throw deviceRequestDenied();
  }

  private async open(
    tx: Transaction,
    { id, deviceName, answer, offer, approval }: ApprovedRequest,
    token: Uint8Array,
    actor: Actor,
  ): Promise<OpenedSession> {
    const { userId, approverSessionId } = answer;
    // Somebody may have ended the approving session because it was not theirs.
    if (!(await this.sessionsOfUsers.lockForShare(tx, userId, approverSessionId))) throw deviceRequestDenied();
    const wanted = { name: deviceName, keyThumbprint: offer?.sessionKey ?? null };
    const opened = await this.sessions.open(tx, userId, wanted, actor, token);
    const collectedAt = this.clock.now();
    const times = { collectedAt, expiresAt: collectedAt + COLLECT_AGAIN_MS };
    await this.requests.collect(tx, id, opened.sessionId, times);
    const approver = { sessionId: approverSessionId, client: approval.approverClient };
    const otherSessionId = opened.sessionId;
    await this.lifecycle.happened(tx, { kind: 'device-approved', userId, actor: approver, otherSessionId });
    return opened;
  }

  private async again(sessionId: string, token: Uint8Array): Promise<OpenedSession> {
    const tokens = await this.sessions.firstTokensAgain(sessionId, token);
    if (tokens === null) throw deviceRequestConflict('collected');
    return { sessionId, tokens, ended: [] };
  }
}

function approvedOf(request: DeviceRequest): ApprovedRequest {
  const { answer, approval } = request;
  if (answer === null || approval === null) throw deviceRequestConflict(stateOf(request));
  return { ...request, answer, approval };
}
