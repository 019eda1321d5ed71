import { Injectable } from '@nestjs/common';
import { equalBytes } from '@sealpost/protocol';
import type { DeviceRequestState } from '@sealpost/protocol';
import { sessionEnded, SessionEnds } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import type { Caller } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { DeviceRequestNews } from './device-request-news.service.js';
import type { DevicePatience } from './device-request-news.service.js';
import { stateOf } from './device-request.js';
import type { DeviceAnswer, DeviceRequest } from './device-request.js';
import { deviceRequestConflict, deviceRequestDenied, deviceRequestNotFound } from './device-requests.errors.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';

/** What signed-in devices do about requests for the loginId of their account. */
@Injectable()
export class DeviceApprovals {
  constructor(
    private readonly requests: DeviceRequestsRepository,
    private readonly news: DeviceRequestNews,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly sessions: SessionEnds,
    private readonly clock: Clock,
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
    patience: DevicePatience,
  ): Promise<DeviceRequest> {
    const session = this.sessions.watch(caller.sessionId);
    const signals = [...patience.signals, session.signal];
    const look = (): Promise<DeviceRequest> => this.require(caller, id);
    try {
      const request = await this.news.read(id, { ...patience, signals }, look, (found) => stateOf(found) !== known);
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
    await this.requests.answer(id, answer, this.clock.now());
    const request = await this.require(caller, id);
    if (!isSameAnswer(request.answer, answer)) throw deviceRequestConflict(stateOf(request));
    return request;
  }

  /** Only by the session that answered; the same handover again is a repetition. */
  async approve(caller: Caller, id: string, handover: Uint8Array, actor: Actor): Promise<void> {
    const { answer } = await this.require(caller, id);
    const account = await this.accounts.find(caller.userId);
    if (account === null) throw sessionEnded();
    const answered = answer?.userId === caller.userId && answer.approverSessionId === caller.sessionId;
    if (answered) {
      const { credentialVersion } = account;
      await this.requests.approve(id, { handover, credentialVersion, approverClient: actor.client }, this.clock.now());
    }
    const request = await this.require(caller, id);
    const { approval } = request;
    if (!answered || approval === null || !equalBytes(approval.handover, handover)) {
      throw deviceRequestConflict(stateOf(request));
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

function isSameAnswer(stored: DeviceAnswer | null, answer: DeviceAnswer): boolean {
  return (
    stored?.userId === answer.userId &&
    stored.approverSessionId === answer.approverSessionId &&
    stored.keyVersion === answer.keyVersion &&
    equalBytes(stored.keysHash, answer.keysHash) &&
    equalBytes(stored.approverNonce, answer.approverNonce)
  );
}
