import { isUuidV4OrV7 } from '@sealpost/protocol';
import type {
  AckJson,
  ChallengeJson,
  CollectDeviceRequestJson,
  CollectedDeviceJson,
  DeviceRequestCreatedJson,
  DeviceRequestRequestJson,
  DeviceStatusJson,
  DeviceStatusRequestJson,
  KeyChainJson,
  LoginJson,
  LoginRequestJson,
  PutStateJson,
  PutStateRequestJson,
  RegisterJson,
  RegisterRequestJson,
  RevealDeviceRequestJson,
  RotateJson,
  RotateRequestJson,
  SendBatchRequestJson,
  SendJson,
  SendRequestJson,
  ServiceJson,
  SessionListJson,
  StateJson,
  UserJson,
  VaultJson,
} from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { Access } from './access.js';
import {
  ackAnswer,
  chainAnswer,
  challengeAnswer,
  inboxAnswer,
  loginAnswer,
  putStateAnswer,
  registerAnswer,
  rotateAnswer,
  sendAnswer,
  sendBatchAnswer,
  serviceAnswer,
  sessionsAnswer,
  stateAnswer,
  userAnswer,
  vaultAnswer,
  type InboxPage,
  type SendBatchAnswer,
} from './answers.js';
import { collectedDeviceAnswer, deviceCreatedAnswer, deviceStatusAnswer } from './answers-devices.js';
import type { EventStream } from './event-stream.js';
import type { StreamRequest, Transport } from './transport.js';

/** The routes that need no session. */
export class PublicApi {
  constructor(private readonly transport: Transport) {}

  service(): Promise<ServiceJson> {
    return this.transport.request({ method: 'GET', path: 'v1/service', answer: serviceAnswer, repeatable: true });
  }

  /**
   * Issuing a challenge writes nothing on the server.
   * @param accessToken of the loginId's own account; one that has expired does no harm
   */
  challenge(loginId: string, accessToken?: string): Promise<ChallengeJson> {
    const body = { loginId };
    const path = 'v1/auth/challenge';
    const token = accessToken === undefined ? {} : { accessToken };
    return this.transport.request({ method: 'POST', path, body, answer: challengeAnswer, repeatable: true, ...token });
  }

  /** Spends the challenge: whoever loses the answer begins again with a new one. */
  login(body: LoginRequestJson): Promise<LoginJson> {
    return this.transport.request({
      method: 'POST',
      path: 'v1/auth/login',
      body,
      answer: loginAnswer,
      repeatable: false,
    });
  }

  /** As login(). */
  register(body: RegisterRequestJson): Promise<RegisterJson> {
    const path = 'v1/auth/register';
    return this.transport.request({ method: 'POST', path, body, answer: registerAnswer, repeatable: false });
  }

  /** The id makes it idempotent, as it does the next three. */
  requestDevice(body: DeviceRequestRequestJson): Promise<DeviceRequestCreatedJson> {
    const path = 'v1/devices/requests';
    return this.transport.request({ method: 'POST', path, body, answer: deviceCreatedAnswer, repeatable: true });
  }

  deviceStatus(
    id: string,
    body: DeviceStatusRequestJson,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<DeviceStatusJson> {
    return this.transport.request({
      method: 'POST',
      path: `v1/devices/requests/${uuid(id, 'request id')}/status`,
      query: { wait: waitSeconds },
      body,
      answer: deviceStatusAnswer,
      repeatable: true,
      waitMs: waitSeconds * 1000,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  revealDevice(id: string, body: RevealDeviceRequestJson): Promise<void> {
    const path = `v1/devices/requests/${uuid(id, 'request id')}/reveal`;
    return this.transport.request({ method: 'POST', path, body, repeatable: true });
  }

  /** For 30 seconds the same session again. */
  collectDevice(id: string, body: CollectDeviceRequestJson): Promise<CollectedDeviceJson> {
    const path = `v1/devices/requests/${uuid(id, 'request id')}/collect`;
    return this.transport.request({ method: 'POST', path, body, answer: collectedDeviceAnswer, repeatable: true });
  }
}

/** The same routes for a signed-in user, whose challenges others cannot use up. */
export class SignedInPublicApi extends PublicApi {
  constructor(
    transport: Transport,
    private readonly access: Access,
  ) {
    super(transport);
  }

  override async challenge(loginId: string): Promise<ChallengeJson> {
    return super.challenge(loginId, await this.access.accessToken());
  }
}

export interface InboxQuery {
  readonly after: number;
  readonly limit?: number;
  readonly conversationId?: string;
  readonly waitSeconds?: number;
}

export interface StreamQuery {
  readonly after: number;
  readonly conversationId?: string;
}

export type StreamOptions = Pick<StreamRequest, 'lastEventId' | 'signal' | 'answerWithinMs'>;

/** The routes of a signed-in user. All of them may be repeated. */
export class UserApi {
  constructor(readonly access: Access) {}

  findUser(loginId: string): Promise<UserJson> {
    const query = { loginId };
    return this.access.request({ method: 'GET', path: 'v1/users', query, answer: userAnswer, repeatable: true });
  }

  async keyChain(userId: string, from: number): Promise<KeyChainJson> {
    const path = `v1/users/${uuid(userId, 'userId')}/keys`;
    return this.access.request({ method: 'GET', path, query: { from }, answer: chainAnswer, repeatable: true });
  }

  /** The same statement again gets the same answer. */
  rotate(body: RotateRequestJson): Promise<RotateJson> {
    return this.access.request({ method: 'POST', path: 'v1/keys', body, answer: rotateAnswer, repeatable: true });
  }

  vault(): Promise<VaultJson> {
    return this.access.request({ method: 'GET', path: 'v1/vault', answer: vaultAnswer, repeatable: true });
  }

  /** The id makes it idempotent. */
  send(body: SendRequestJson): Promise<SendJson> {
    return this.access.request({ method: 'POST', path: 'v1/messages', body, answer: sendAnswer, repeatable: true });
  }

  /** As send(), for up to 100 messages; each has a result of its own. */
  sendBatch(body: SendBatchRequestJson): Promise<SendBatchAnswer> {
    const path = 'v1/messages/batch';
    return this.access.request({ method: 'POST', path, body, answer: sendBatchAnswer, repeatable: true });
  }

  inbox(inbox: InboxQuery, signal?: AbortSignal): Promise<InboxPage> {
    const { after, limit, conversationId, waitSeconds } = inbox;
    return this.access.request({
      method: 'GET',
      path: 'v1/messages',
      query: { after, limit, conversationId, wait: waitSeconds },
      answer: inboxAnswer,
      repeatable: true,
      waitMs: (waitSeconds ?? 0) * 1000,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The mailbox as it grows (GET /v1/messages/stream); one attempt. */
  openStream(query: StreamQuery, options: StreamOptions): Promise<EventStream> {
    return this.access.open({ path: 'v1/messages/stream', query: { ...query }, ...options });
  }

  acknowledge(upTo: number): Promise<AckJson> {
    const path = 'v1/messages/ack';
    return this.access.request({ method: 'POST', path, body: { upTo }, answer: ackAnswer, repeatable: true });
  }

  async deleteMessage(id: string): Promise<void> {
    return this.access.request({ method: 'DELETE', path: `v1/messages/${uuid(id, 'messageId')}`, repeatable: true });
  }

  state(): Promise<StateJson> {
    return this.access.request({ method: 'GET', path: 'v1/state', answer: stateAnswer, repeatable: true });
  }

  /** The very same state again succeeds. */
  putState(body: PutStateRequestJson): Promise<PutStateJson> {
    return this.access.request({ method: 'PUT', path: 'v1/state', body, answer: putStateAnswer, repeatable: true });
  }

  sessions(): Promise<SessionListJson> {
    const path = 'v1/auth/sessions';
    return this.access.request({ method: 'GET', path, answer: sessionsAnswer, repeatable: true });
  }

  async endSession(id: string): Promise<void> {
    return this.access.request({
      method: 'DELETE',
      path: `v1/auth/sessions/${uuid(id, 'session id')}`,
      repeatable: true,
    });
  }

  logout(): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/auth/logout', repeatable: true });
  }
}

/** An id as part of a path: any other text could lead to another route. */
export function uuid(id: string, name: string): string {
  if (!isUuidV4OrV7(id)) throw new ClientError('client.invalid-argument', `The ${name} is not a UUID`);
  return id;
}
