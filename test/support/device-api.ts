import { randomBytes } from 'node:crypto';
import {
  encodeBase64Url,
  encodeSignedHandover,
  LENGTHS,
  pairingCommitmentBytes,
  pairingSignatureBytes,
  pairingTranscriptBytes,
  requireBase64Url,
  type AnswerDeviceRequestJson,
  type CollectedDeviceJson,
  type DeviceRequestCreatedJson,
  type DeviceRequestRequestJson,
  type DeviceRequestState,
  type DeviceStatusJson,
  type PendingDeviceJson,
  type PendingDevicesJson,
  type ProblemJson,
} from '@sealpost/protocol';
import { call } from './api.js';
import type { Answer, TestUser } from './api.js';
import { freshUuid, newest, TEST_SERVICE_ID } from './identity.js';
import { sha256 } from './key-material.js';

interface Service {
  readonly url: string;
}

type Problems<T> = Answer<T & ProblemJson & { readonly state?: DeviceRequestState }>;

export const bytes = (length: number): string => encodeBase64Url(new Uint8Array(randomBytes(length)));

/** A request that commits to `OFFER`, whose key nobody can open anything with: the server cannot tell. */
export function deviceRequest(loginId: string): DeviceRequestRequestJson {
  const [id, deviceName] = [freshUuid(), 'a new device'];
  const commitment = encodeBase64Url(sha256(pairingCommitmentBytes(contextOf({ id, loginId, deviceName }), offered)));
  return { id, loginId, deviceName, commitment, token: bytes(LENGTHS.pairingToken) };
}

function contextOf({ id, loginId, deviceName = '' }: Pick<DeviceRequestRequestJson, 'id' | 'loginId' | 'deviceName'>) {
  return { serviceId: TEST_SERVICE_ID, loginId, requestId: id, deviceName };
}

/** What the device of a user who has registered answers. */
export function answerOf({ identity }: TestUser): AnswerDeviceRequestJson {
  const { statement, keysHash } = newest(identity);
  return { keyVersion: statement.version, keysHash: encodeBase64Url(keysHash), nonce: encodeBase64Url(approverNonce) };
}

/** Signed by the user's keys, for the exchange of this request; what is handed over nobody can open. */
export function handoverOf({ userId, identity }: TestUser, request: DeviceRequestRequestJson): string {
  const { statement, keysHash, signingKey } = newest(identity);
  const answer = { approver: { userId, keyVersion: statement.version, keysHash }, approverNonce };
  const commitment = requireBase64Url(request.commitment, 'commitment');
  const transcript = sha256(pairingTranscriptBytes(contextOf(request), commitment, answer, offered));
  const signature = signingKey.sign(pairingSignatureBytes(transcript, SEALED));
  return encodeBase64Url(encodeSignedHandover({ ...SEALED, signature }));
}

/** Both sides of the exchange, as far as the server sees them. */
export class DeviceApi {
  constructor(private readonly server: Service) {}

  request(body: DeviceRequestRequestJson): Promise<Problems<DeviceRequestCreatedJson>> {
    return call(this.server, 'POST', '/v1/auth/device-requests', { body });
  }

  status(
    { id, token }: DeviceRequestRequestJson,
    wait?: { readonly known: DeviceRequestState; readonly seconds: number },
  ): Promise<Problems<DeviceStatusJson>> {
    const query = wait === undefined ? '' : `?wait=${wait.seconds}`;
    const body = { token, ...(wait === undefined ? {} : { known: wait.known }) };
    return call(this.server, 'POST', `/v1/auth/device-requests/${id}/status${query}`, { body });
  }

  reveal({ id, token }: DeviceRequestRequestJson, offer = OFFER): Promise<Problems<unknown>> {
    return call(this.server, 'POST', `/v1/auth/device-requests/${id}/reveal`, { body: { token, ...offer } });
  }

  collect({ id, token }: DeviceRequestRequestJson): Promise<Problems<CollectedDeviceJson>> {
    return call(this.server, 'POST', `/v1/auth/device-requests/${id}/collect`, { body: { token } });
  }

  list({ token }: TestUser): Promise<Problems<PendingDevicesJson>> {
    return call(this.server, 'GET', '/v1/account/device-requests', { token });
  }

  get({ token }: TestUser, id: string, query = ''): Promise<Problems<PendingDeviceJson>> {
    return call(this.server, 'GET', `/v1/account/device-requests/${id}${query}`, { token });
  }

  answer(user: TestUser, id: string, body = answerOf(user)): Promise<Problems<PendingDeviceJson>> {
    return call(this.server, 'POST', `/v1/account/device-requests/${id}/answer`, { token: user.token, body });
  }

  approve(
    user: TestUser,
    request: DeviceRequestRequestJson,
    handover = handoverOf(user, request),
  ): Promise<Problems<unknown>> {
    const path = `/v1/account/device-requests/${request.id}/approve`;
    return call(this.server, 'POST', path, { token: user.token, body: { handover } });
  }

  deny({ token }: TestUser, id: string): Promise<Problems<unknown>> {
    return call(this.server, 'DELETE', `/v1/account/device-requests/${id}`, { token });
  }

  /** Everything but the collection. */
  async approved(user: TestUser): Promise<DeviceRequestRequestJson> {
    const request = deviceRequest(user.identity.loginId);
    const answers = [
      await this.request(request),
      await this.answer(user, request.id),
      await this.reveal(request),
      await this.approve(user, request),
    ];
    const refused = answers.find(({ status }) => status >= 300);
    if (refused !== undefined) throw new Error(refused.text);
    return request;
  }
}

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const approverNonce = random(LENGTHS.pairingNonce);
const offered = { kemPublicKey: random(LENGTHS.kemPublicKey), deviceNonce: random(LENGTHS.pairingNonce) };
const SEALED = { enc: random(LENGTHS.kemCiphertext), ciphertext: random(LENGTHS.pairingCiphertext) };

export const OFFER = {
  kemPublicKey: encodeBase64Url(offered.kemPublicKey),
  nonce: encodeBase64Url(offered.deviceNonce),
};
