import { Injectable } from '@nestjs/common';
import { equalBytes } from '@sealpost/protocol';
import type { DeviceRequestState, VerifiedStatement } from '@sealpost/protocol';
import { sessionEnded, SessionLocks, SessionRevocations } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { Caller } from '../../../core/http/index.js';
import type { WaitOptions } from '../../../core/wakeups.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import {
  deviceKeysSuperseded,
  deviceProofRefused,
  deviceRequestConflict,
  deviceRequestDenied,
  deviceRequestNotFound,
} from '../shared/auth.errors.js';
import { pairingExchangeOf, stateOf } from './device-request.js';
import type { DeviceAnswer, DeviceRequest } from './device-request.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';
import { DeviceWakeups } from './device-wakeups.service.js';

/** What signed-in devices do about requests for the loginId of their account. */
@Injectable()
export class DeviceApprovals {
  constructor(
    private readonly requests: DeviceRequestsRepository,
    private readonly wakeups: DeviceWakeups,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly sessions: SessionRevocations,
    private readonly sessionLocks: SessionLocks,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** The oldest first. */
  async list({ userId }: Caller): Promise<DeviceRequest[]> {
    const loginId = await this.keys.findLoginId(userId);
    return loginId === null ? [] : this.requests.findPending(loginId, this.clock.now());
  }

  /** With `known`, waits until the state is another one. */
  async get(
    caller: Caller,
    id: string,
    known: DeviceRequestState | undefined,
    options: WaitOptions,
  ): Promise<DeviceRequest> {
    const session = this.sessions.watch(caller.sessionId);
    const signals = [...options.signals, session.signal];
    const look = (): Promise<DeviceRequest> => this.require(caller, id);
    try {
      const request = await this.wakeups.waitFor(id, { ...options, signals }, look, (found) =>
        stateOf(found) === known ? 0 : null,
      );
      if (session.signal.aborted) throw sessionEnded();
      return request;
    } finally {
      session.stop();
    }
  }

  /** One session answers, once; the same answer again is a repetition. */
  async answer(
    caller: Caller,
    id: string,
    chosen: Omit<DeviceAnswer, 'userId' | 'approverSessionId'>,
  ): Promise<DeviceRequest> {
    await this.require(caller, id);
    const answer = { ...chosen, userId: caller.userId, approverSessionId: caller.sessionId };
    await this.transactions.run(async (tx) => {
      await this.requireNewestKeys(tx, answer);
      await this.requests.answer(tx, id, answer, this.clock.now());
    });
    const request = await this.require(caller, id);
    if (!isSameAnswer(request.answer, answer)) throw deviceRequestConflict(stateOf(request));
    return request;
  }

  /**
   * Only by the session that answered, and only with the signature of the account's newest keys: an access token alone
   * lets nobody in. The same handover again is a repetition.
   */
  async approve(caller: Caller, id: string, handover: Uint8Array, actor: Actor): Promise<void> {
    const request = await this.require(caller, id);
    if (!isAnsweredBy(request, caller)) throw deviceRequestConflict(stateOf(request));
    if (request.approval === null) await this.handOver(request, caller, handover, actor);
    const after = await this.require(caller, id);
    if (after.approval === null || !equalBytes(after.approval.handover, handover)) {
      throw deviceRequestConflict(stateOf(after));
    }
  }

  /** By any session of the account; a denied request is denied already. */
  async deny(caller: Caller, id: string): Promise<void> {
    const request = await this.requireOwn(caller, id);
    if (request.deniedAt !== null) return;
    if (await this.requests.deny(id, this.clock.now())) return;
    const after = await this.requireOwn(caller, id);
    if (after.deniedAt === null) throw deviceRequestConflict(stateOf(after));
  }

  private async handOver(
    request: AnsweredRequest,
    caller: Caller,
    handover: Uint8Array,
    { client: approverClient }: Actor,
  ): Promise<void> {
    const exchange = pairingExchangeOf(request, this.settings.serviceId);
    if (exchange === null) throw deviceRequestConflict(stateOf(request));
    // Before the keys are read: an approval that outlives a change of both would name the credentials of before.
    const account = await this.accounts.find(caller.userId);
    if (account === null) throw sessionEnded();
    const { credentialVersion } = account;
    await this.transactions.run(async (tx) => {
      await this.sessionLocks.lockForShare(tx, caller);
      const { signingPublicKey } = await this.requireNewestKeys(tx, request.answer);
      if (!this.crypto.verifyHandover(exchange, handover, signingPublicKey)) throw deviceProofRefused('handover');
      await this.requests.approve(tx, request.id, { handover, credentialVersion, approverClient }, this.clock.now());
    });
  }

  private async requireNewestKeys(tx: Transaction, answer: DeviceAnswer): Promise<VerifiedStatement> {
    const newest = await this.keys.getNewest(tx, answer.userId);
    const named = answer.keyVersion === newest.version && equalBytes(answer.keysHash, newest.keysHash);
    if (!named) throw deviceKeysSuperseded();
    return newest;
  }

  private async require(caller: Caller, id: string): Promise<DeviceRequest> {
    const request = await this.requireOwn(caller, id);
    if (request.deniedAt !== null) throw deviceRequestDenied();
    return request;
  }

  private async requireOwn({ userId }: Caller, id: string): Promise<DeviceRequest> {
    const loginId = await this.keys.findLoginId(userId);
    const request = await this.requests.find(id);
    const own = request !== null && request.loginId === loginId && request.expiresAt > this.clock.now();
    if (!own) throw deviceRequestNotFound();
    return request;
  }
}

interface AnsweredRequest extends DeviceRequest {
  readonly answer: DeviceAnswer;
}

function isAnsweredBy(request: DeviceRequest, { userId, sessionId }: Caller): request is AnsweredRequest {
  return request.answer?.userId === userId && request.answer.approverSessionId === sessionId;
}

function isSameAnswer(stored: DeviceAnswer | null, answer: DeviceAnswer): boolean {
  return (
    stored?.userId === answer.userId &&
    stored.approverSessionId === answer.approverSessionId &&
    stored.keyVersion === answer.keyVersion &&
    equalBytes(stored.keysHash, answer.keysHash) &&
    equalBytes(stored.approverNonce, answer.approverNonce)
  );
}
