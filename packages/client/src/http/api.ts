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
  RepublishRequestJson,
  RotateJson,
  RotateRequestJson,
  SendBatchRequestJson,
  SendJson,
  SendRequestJson,
  ServiceJson,
  SessionListJson,
  StateJson,
  SenderJson,
  SendersRequestJson,
  UserJson,
  VaultJson,
} from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { Access } from './access.js';
import { LIST, mailboxPage, sendAnswerSize, STATEMENTS, WITH_STATE, WITH_VAULT } from './answer-size.js';
import {
  ackAnswer,
  challengeAnswer,
  loginAnswer,
  putStateAnswer,
  registerAnswer,
  rotateAnswer,
  sendAnswer,
  sendBatchAnswer,
  serviceAnswer,
  sessionsAnswer,
  stateAnswer,
  sendersAnswer,
  userAnswer,
  vaultAnswer,
  type InboxPage,
  type SendBatchAnswer,
} from './answers.js';
import { chainOf, pageOf } from './answers-asked.js';
import { collectedDeviceAnswer, deviceCreatedAnswer, deviceStatusAnswer } from './answers-devices.js';
import type { CallOptions } from './call-options.js';
import type { EventStream } from './event-stream.js';
import { about } from './json-shape.js';
import type { Prover } from './session-proof.js';
import type { StreamRequest, Transport } from './transport.js';

/** Where the token of this client is kept; undefined where it has had no session yet. */
export type DeviceTokenSource = () => Promise<string | undefined>;

/** The routes that need no session. */
export class PublicApi {
  /** @param device by which the client is known to the service */
  constructor(
    private readonly transport: Transport,
    private readonly device: DeviceTokenSource = async () => undefined,
  ) {}

  service(): Promise<ServiceJson> {
    return this.transport.request({ method: 'GET', path: 'v1/service', answer: serviceAnswer, repeatable: true });
  }

  /**
   * Issuing a challenge writes nothing on the server.
   * @param accessToken of the loginId's own account; one that has expired does no harm
   */
  async challenge(loginId: string, accessToken?: string): Promise<ChallengeJson> {
    const body = { loginId };
    const path = 'v1/auth/challenge';
    const token = accessToken === undefined ? {} : { accessToken };
    const request = { method: 'POST', path, body, answer: challengeAnswer, repeatable: true, ...token } as const;
    return this.transport.request({ ...request, deviceToken: await this.device() });
  }

  /** Spends the challenge: whoever loses the answer begins again with a new one. `prove`: by the session's new key. */
  async login(body: LoginRequestJson, prove: Prover): Promise<LoginJson> {
    const request = { method: 'POST', path: 'v1/auth/login', body, prove, answer: loginAnswer } as const;
    const deviceToken = await this.device();
    return this.transport.request({ ...request, size: WITH_VAULT, deviceToken, repeatable: false });
  }

  /** Settles what is in doubt like login(). */
  register(body: RegisterRequestJson, prove: Prover): Promise<RegisterJson> {
    const path = 'v1/auth/register';
    return this.transport.request({ method: 'POST', path, body, prove, answer: registerAnswer, repeatable: false });
  }

  /** The id makes it idempotent, as it does the next three. */
  async requestDevice(body: DeviceRequestRequestJson): Promise<DeviceRequestCreatedJson> {
    return this.transport.request({
      method: 'POST',
      path: 'v1/auth/device-requests',
      body,
      deviceToken: await this.device(),
      answer: about(deviceCreatedAnswer, ({ id }) => id === body.id, 'another request'),
      repeatable: true,
    });
  }

  deviceStatus(
    id: string,
    body: DeviceStatusRequestJson,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<DeviceStatusJson> {
    return this.transport.request({
      method: 'POST',
      path: `v1/auth/device-requests/${uuidArgument(id, 'request id')}/status`,
      query: { wait: waitSeconds },
      body,
      answer: deviceStatusAnswer,
      repeatable: true,
      waitMs: waitSeconds * 1000,
      signal,
    });
  }

  revealDevice(id: string, body: RevealDeviceRequestJson): Promise<void> {
    const path = `v1/auth/device-requests/${uuidArgument(id, 'request id')}/reveal`;
    return this.transport.request({ method: 'POST', path, body, repeatable: true });
  }

  /** For 30 seconds the same session again. @param prove by the key that the device has committed to */
  collectDevice(id: string, body: CollectDeviceRequestJson, prove: Prover): Promise<CollectedDeviceJson> {
    const path = `v1/auth/device-requests/${uuidArgument(id, 'request id')}/collect`;
    const request = { method: 'POST', path, body, prove, answer: collectedDeviceAnswer, size: WITH_VAULT } as const;
    return this.transport.request({ ...request, repeatable: true });
  }
}

/** The public routes for a signed-in user, whose challenges others cannot use up. */
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
  readonly limit: number;
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
    const isAsked = ({ loginId: named, userId, keys }: UserJson): boolean =>
      named === loginId && keys.userId === userId;
    const answer = about(userAnswer, isAsked, 'another loginId');
    return this.access.request({ method: 'GET', path: 'v1/users', query, answer, repeatable: true });
  }

  /** Who has written what lies at these places of the mailbox. The server tells it of nobody else. */
  async senders(sequences: readonly number[]): Promise<readonly SenderJson[]> {
    const body: SendersRequestJson = { sequences };
    const path = 'v1/keys/senders';
    const answer = await this.access.request({ method: 'POST', path, body, answer: sendersAnswer, repeatable: true });
    return answer.senders;
  }

  async keyChain(userId: string, after: number, limit: number): Promise<KeyChainJson> {
    const path = `v1/users/${uuidArgument(userId, 'userId')}/keys`;
    const request = { method: 'GET', path, query: { after, limit }, answer: chainOf(userId) } as const;
    return this.access.request({ ...request, size: STATEMENTS, repeatable: true });
  }

  /** A statement that is sent again gets the same answer. */
  rotate(body: RotateRequestJson): Promise<RotateJson> {
    const isAsked = ({ keys }: RotateJson): boolean => keys.statement === body.keys.statement;
    const answer = about(rotateAnswer, isAsked, 'another rotation');
    return this.access.request({ method: 'POST', path: 'v1/keys', body, answer, repeatable: true });
  }

  /** What the server has of it is passed over, so that a repetition is safe. */
  republish(body: RepublishRequestJson): Promise<RotateJson> {
    const request = { method: 'POST', path: 'v1/keys/republish', body, answer: rotateAnswer } as const;
    return this.access.request({ ...request, repeatable: true });
  }

  vault(): Promise<VaultJson> {
    const request = { method: 'GET', path: 'v1/vault', answer: vaultAnswer, size: WITH_VAULT } as const;
    return this.access.request({ ...request, repeatable: true });
  }

  /** The id makes it idempotent. */
  send(body: SendRequestJson, call: CallOptions = {}): Promise<SendJson> {
    const size = sendAnswerSize([body]);
    const path = 'v1/messages';
    const request = { method: 'POST', path, body, answer: sendAnswer, size, repeatable: true, ...call } as const;
    return this.access.request(request, { bearerSuffices: true });
  }

  /** Sends up to 100 messages; each has a result of its own. */
  sendBatch(body: SendBatchRequestJson): Promise<SendBatchAnswer> {
    const path = 'v1/messages/batch';
    const size = sendAnswerSize(body.messages);
    const request = { method: 'POST', path, body, answer: sendBatchAnswer, size, repeatable: true } as const;
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
      repeatable: true,
      waitMs: (waitSeconds ?? 0) * 1000,
      signal,
    });
  }

  /** The mailbox as it grows (GET /v1/messages/stream); one attempt. */
  openStream(query: StreamQuery, options: StreamOptions): Promise<EventStream> {
    return this.access.open({ path: 'v1/messages/stream', query: { ...query }, ...options });
  }

  acknowledge(upTo: number, call: CallOptions = {}): Promise<AckJson> {
    const path = 'v1/messages/ack';
    return this.access.request({ method: 'POST', path, body: { upTo }, answer: ackAnswer, repeatable: true, ...call });
  }

  async deleteMessage(id: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/messages/${uuidArgument(id, 'messageId')}`;
    return this.access.request({ method: 'DELETE', path, repeatable: true, ...call });
  }

  state(): Promise<StateJson> {
    const request = { method: 'GET', path: 'v1/state', answer: stateAnswer, size: WITH_STATE } as const;
    return this.access.request({ ...request, repeatable: true });
  }

  /** The very same state again succeeds. */
  putState(body: PutStateRequestJson): Promise<PutStateJson> {
    const isAsked = ({ stateVersion }: PutStateJson): boolean => stateVersion === body.stateVersion;
    const answer = about(putStateAnswer, isAsked, 'another state');
    return this.access.request({ method: 'PUT', path: 'v1/state', body, answer, repeatable: true });
  }

  /** @param proven with a proof of the session's key, which it does not need: the answer brings a new nonce */
  sessions(call: CallOptions = {}, proven = false): Promise<SessionListJson> {
    const request = { method: 'GET', path: 'v1/account/sessions', answer: sessionsAnswer, size: LIST } as const;
    return this.access.request({ ...request, repeatable: true, ...call }, { bearerSuffices: !proven });
  }

  async endSession(id: string, call: CallOptions = {}): Promise<void> {
    const path = `v1/account/sessions/${uuidArgument(id, 'session id')}`;
    return this.access.request({ method: 'DELETE', path, repeatable: true, ...call });
  }

  logout(call: CallOptions = {}): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/auth/logout', repeatable: true, ...call });
  }
}

/** An id as part of a path: any other text could lead to another route. */
export function uuidArgument(id: string, name: string): string {
  if (!isUuidV4OrV7(id)) throw new ClientError('client.invalid-argument', `The ${name} is not a UUID`);
  return id;
}
