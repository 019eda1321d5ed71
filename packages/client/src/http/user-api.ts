import type * as wire from '@sealpost/protocol';
import type { Access } from './access.js';
import { LIST, mailboxPage, sendAnswerSize, STATEMENTS, WITH_STATE, WITH_VAULT } from './answer-size.js';
import {
  accountAnswer,
  accountEventsAnswer,
  blocksAfter,
  credentialsAfter,
  pendingDeviceOf,
  pendingDevicesAnswer,
  pendingResetsAnswer,
  sessionsAnswer,
  vaultAnswer,
} from './answers-account.js';
import {
  ackAnswer,
  chainOf,
  pageOf,
  putStateAnswer,
  rotateAnswer,
  sendAnswer,
  sendBatchAnswer,
  sendersAnswer,
  stateAnswer,
  userAnswer,
  type InboxPage,
  type SendBatchAnswer,
} from './answers.js';
import type { CallOptions } from './call-options.js';
import { about, uuidArgument } from './json-shape.js';
import type { EventStream, LineStream } from './streams.js';
import type { StreamRequest } from './transport.js';

export interface InboxQuery {
  readonly after: number;
  readonly limit: number;
  readonly conversationId?: string;
  readonly waitSeconds?: number;
}

export interface StreamQuery {
  readonly after: number;
  readonly conversationId?: string;
}

export type StreamOptions = Pick<StreamRequest, 'lastEventId' | 'signal' | 'answerWithinMs'>;

/**
 * The routes of a signed-in user. They may be repeated, but for those that spend a challenge: whoever loses their answer
 * begins again with a new one.
 */
export class UserApi {
  constructor(readonly access: Access) {}

  findUser(loginId: string): Promise<wire.UserJson> {
    const isAsked = ({ loginId: named, userId, keys }: wire.UserJson): boolean =>
      named === loginId && keys.userId === userId;
    const answer = about(userAnswer, isAsked, 'another loginId');
    return this.access.request({ method: 'GET', path: 'v1/users', query: { loginId }, answer });
  }

  /** Who has written what lies at these places of the mailbox. The server tells it of nobody else. */
  async senders(sequences: readonly number[]): Promise<readonly wire.SenderJson[]> {
    const body: wire.SendersRequestJson = { sequences };
    const request = { method: 'POST', path: 'v1/keys/senders', body, answer: sendersAnswer, repeatable: true } as const;
    return (await this.access.request(request)).senders;
  }

  async keyChain(userId: string, after: number, limit: number): Promise<wire.KeyChainJson> {
    const path = `v1/users/${uuidArgument(userId, 'userId')}/keys`;
    const query = { after, limit };
    return this.access.request({ method: 'GET', path, query, answer: chainOf(userId), size: STATEMENTS });
  }

  /** A statement that is sent again gets the same answer. */
  rotate(body: wire.RotateRequestJson): Promise<wire.RotateJson> {
    const isAsked = ({ keys }: wire.RotateJson): boolean => keys.statement === body.keys.statement;
    const answer = about(rotateAnswer, isAsked, 'another rotation');
    return this.access.request({ method: 'POST', path: 'v1/keys', body, answer, repeatable: true });
  }

  /** What the server has of it is passed over, so that a repetition is safe. */
  republish(body: wire.RepublishRequestJson): Promise<wire.RotateJson> {
    const path = 'v1/keys/republish';
    return this.access.request({ method: 'POST', path, body, answer: rotateAnswer, repeatable: true });
  }

  vault(): Promise<wire.VaultJson> {
    return this.access.request({ method: 'GET', path: 'v1/vault', answer: vaultAnswer, size: WITH_VAULT });
  }

  /** The id makes it idempotent. */
  send(body: wire.SendRequestJson, call: CallOptions = {}): Promise<wire.SendJson> {
    const answer = { answer: sendAnswer, size: sendAnswerSize([body]) };
    const request = { method: 'POST', path: 'v1/messages', body, ...answer, repeatable: true, ...call } as const;
    return this.access.request(request, { bearerSuffices: true });
  }

  /** Sends up to 100 messages; each has a result of its own. */
  sendBatch(body: wire.SendBatchRequestJson): Promise<SendBatchAnswer> {
    const answer = { answer: sendBatchAnswer, size: sendAnswerSize(body.messages) };
    const request = { method: 'POST', path: 'v1/messages/batch', body, ...answer, repeatable: true } as const;
    return this.access.request(request, { bearerSuffices: true });
  }

  inbox(inbox: InboxQuery, signal?: AbortSignal): Promise<InboxPage> {
    const { after, limit, conversationId, waitSeconds } = inbox;
    return this.access.request({
      method: 'GET',
      path: 'v1/messages',
      query: { after, limit, conversationId, wait: waitSeconds },
      answer: pageOf(inbox),
      size: mailboxPage(limit),
      waitMs: (waitSeconds ?? 0) * 1000,
      signal,
    });
  }

  /** The mailbox as it grows (GET /v1/messages/stream); one attempt. */
  openStream(query: StreamQuery, options: StreamOptions): Promise<EventStream> {
    return this.access.open({ path: 'v1/messages/stream', query: { ...query }, ...options });
  }

  acknowledge(upTo: number, call: CallOptions = {}): Promise<wire.AckJson> {
    const request = { method: 'POST', path: 'v1/messages/ack', body: { upTo }, answer: ackAnswer } as const;
    return this.access.request({ ...request, repeatable: true, ...call });
  }

  async deleteMessage(id: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/messages/${uuidArgument(id, 'messageId')}`;
    return this.access.request({ method: 'DELETE', path, ...call });
  }

  state(): Promise<wire.StateJson> {
    return this.access.request({ method: 'GET', path: 'v1/state', answer: stateAnswer, size: WITH_STATE });
  }

  /** The very same state again succeeds. */
  putState(body: wire.PutStateRequestJson): Promise<wire.PutStateJson> {
    const isAsked = ({ stateVersion }: wire.PutStateJson): boolean => stateVersion === body.stateVersion;
    const answer = about(putStateAnswer, isAsked, 'another state');
    return this.access.request({ method: 'PUT', path: 'v1/state', body, answer });
  }

  /** @param proven with a proof of the session's key, which it does not need: the answer brings a new nonce */
  sessions(call: CallOptions = {}, proven = false): Promise<wire.SessionListJson> {
    const request = { method: 'GET', path: 'v1/account/sessions', answer: sessionsAnswer, size: LIST } as const;
    return this.access.request({ ...request, ...call }, { bearerSuffices: !proven });
  }

  async endSession(id: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/account/sessions/${uuidArgument(id, 'session id')}`;
    return this.access.request({ method: 'DELETE', path, ...call });
  }

  logout(call: CallOptions = {}): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/auth/logout', repeatable: true, ...call });
  }

  account(): Promise<wire.AccountJson> {
    return this.access.request({ method: 'GET', path: 'v1/account', answer: accountAnswer });
  }

  /** @param before the id of an event; absent: from the newest on */
  accountEvents(before: number | undefined, limit: number, call: CallOptions): Promise<wire.AccountEventsJson> {
    const query = { before, limit };
    const answer = { answer: accountEventsAnswer, size: LIST };
    return this.access.request({ method: 'GET', path: 'v1/account/events', query, ...answer, ...call });
  }

  /** One attempt. @param after the cursor of the last line that was taken */
  openExport(
    after: string | undefined,
    options: Pick<StreamRequest, 'signal' | 'answerWithinMs'>,
  ): Promise<LineStream> {
    return this.access.openLines({ path: 'v1/account/export', query: { after }, ...options });
  }

  /** Spends the challenge, as the next four do. */
  changePassword(body: wire.ChangePasswordRequestJson): Promise<wire.CredentialsJson> {
    return this.#changeCredentials('POST', 'password', body);
  }

  rekey(body: wire.RekeyRequestJson): Promise<wire.CredentialsJson> {
    return this.#changeCredentials('POST', 'vault-key', body);
  }

  addEscrow(body: wire.AddEscrowRequestJson): Promise<wire.CredentialsJson> {
    return this.#changeCredentials('PUT', 'escrow', body);
  }

  replaceRecoveryKey(body: wire.ReplaceRecoveryKeyRequestJson): Promise<wire.CredentialsJson> {
    return this.#changeCredentials('PUT', 'recovery-key', body);
  }

  eraseAccount(body: wire.EraseAccountRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/account/erasure', body });
  }

  pendingResets(call: CallOptions = {}): Promise<wire.PendingResetsJson> {
    return this.access.request({ method: 'GET', path: 'v1/account/resets', answer: pendingResetsAnswer, ...call });
  }

  /** Calls all pending resets off; the challenge is used up. */
  cancelResets(body: wire.CancelResetsRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/account/resets/cancel', body });
  }

  /** Blocks a user, also one who is blocked already. */
  async block(userId: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/blocks/${uuidArgument(userId, 'userId')}`;
    return this.access.request({ method: 'PUT', path, ...call });
  }

  /** Unblocks a user, also one who is not blocked. */
  async unblock(userId: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/blocks/${uuidArgument(userId, 'userId')}`;
    return this.access.request({ method: 'DELETE', path, ...call });
  }

  /** Lists blocked users, in the order of their userIds. */
  blocks(after: string | undefined, call: CallOptions = {}): Promise<wire.BlocksJson> {
    return this.access.request({
      method: 'GET',
      path: 'v1/blocks',
      query: { after },
      answer: blocksAfter(after),
      ...call,
    });
  }

  deviceRequests(call: CallOptions = {}): Promise<wire.PendingDevicesJson> {
    const path = 'v1/account/device-requests';
    return this.access.request({ method: 'GET', path, answer: pendingDevicesAnswer, ...call });
  }

  /** Waits until the request has left the state `known`, or the time is over. */
  async deviceRequest(
    id: string,
    known: wire.DeviceRequestState,
    waitSeconds: number,
    call: CallOptions = {},
  ): Promise<wire.PendingDeviceJson> {
    const wait = { query: { known, wait: waitSeconds }, waitMs: waitSeconds * 1000 };
    return this.access.request({
      method: 'GET',
      path: deviceRequest(id),
      ...wait,
      answer: pendingDeviceOf(id),
      ...call,
    });
  }

  async answerDevice(
    id: string,
    body: wire.AnswerDeviceRequestJson,
    call: CallOptions = {},
  ): Promise<wire.PendingDeviceJson> {
    const request = { method: 'POST', path: `${deviceRequest(id)}/answer`, body, answer: pendingDeviceOf(id) } as const;
    return this.access.request({ ...request, repeatable: true, ...call });
  }

  async approveDevice(id: string, body: wire.ApproveDeviceRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: `${deviceRequest(id)}/approve`, body, repeatable: true });
  }

  async denyDevice(id: string, call: CallOptions = {}): Promise<void> {
    return this.access.request({ method: 'DELETE', path: deviceRequest(id), ...call });
  }

  #changeCredentials(method: 'POST' | 'PUT', what: string, body: wire.CredentialsJson): Promise<wire.CredentialsJson> {
    const request = { method, path: `v1/account/${what}`, body, answer: credentialsAfter(body) };
    return this.access.request({ ...request, repeatable: false });
  }
}

function deviceRequest(id: string): string {
  return `v1/account/device-requests/${uuidArgument(id, 'request id')}`;
}
