import { randomBytes } from 'node:crypto';
import {
  encodeBase64Url,
  LENGTHS,
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
import { freshUuid } from './identity.js';

interface Service {
  readonly url: string;
}

type Problems<T> = Answer<T & ProblemJson & { readonly state?: DeviceRequestState }>;

export const bytes = (length: number): string => encodeBase64Url(new Uint8Array(randomBytes(length)));

/** A request whose bytes mean nothing: the server cannot tell. */
export function deviceRequest(loginId: string): DeviceRequestRequestJson {
  const [commitment, token] = [bytes(LENGTHS.hash), bytes(LENGTHS.pairingToken)];
  return { id: freshUuid(), loginId, deviceName: 'a new device', commitment, token };
}

/** Both sides of the exchange, as far as the server sees them. */
export class DeviceApi {
  constructor(private readonly server: Service) {}

  request(body: DeviceRequestRequestJson): Promise<Problems<DeviceRequestCreatedJson>> {
    return call(this.server, 'POST', '/v1/devices/requests', { body });
  }

  status(
    { id, token }: DeviceRequestRequestJson,
    wait?: { readonly known: DeviceRequestState; readonly seconds: number },
  ): Promise<Problems<DeviceStatusJson>> {
    const query = wait === undefined ? '' : `?wait=${wait.seconds}`;
    const body = { token, ...(wait === undefined ? {} : { known: wait.known }) };
    return call(this.server, 'POST', `/v1/devices/requests/${id}/status${query}`, { body });
  }

  reveal({ id, token }: DeviceRequestRequestJson, offer = OFFER): Promise<Problems<unknown>> {
    return call(this.server, 'POST', `/v1/devices/requests/${id}/reveal`, { body: { token, ...offer } });
  }

  collect({ id, token }: DeviceRequestRequestJson): Promise<Problems<CollectedDeviceJson>> {
    return call(this.server, 'POST', `/v1/devices/requests/${id}/collect`, { body: { token } });
  }

  list({ token }: TestUser): Promise<Problems<PendingDevicesJson>> {
    return call(this.server, 'GET', '/v1/devices/requests', { token });
  }

  get({ token }: TestUser, id: string, query = ''): Promise<Problems<PendingDeviceJson>> {
    return call(this.server, 'GET', `/v1/devices/requests/${id}${query}`, { token });
  }

  answer({ token }: TestUser, id: string, body = ANSWER): Promise<Problems<PendingDeviceJson>> {
    return call(this.server, 'POST', `/v1/devices/requests/${id}/answer`, { token, body });
  }

  approve({ token }: TestUser, id: string, handover = HANDOVER): Promise<Problems<unknown>> {
    return call(this.server, 'POST', `/v1/devices/requests/${id}/approve`, { token, body: { handover } });
  }

  deny({ token }: TestUser, id: string): Promise<Problems<unknown>> {
    return call(this.server, 'DELETE', `/v1/devices/requests/${id}`, { token });
  }

  /** Everything but the collection. */
  async approved(user: TestUser): Promise<DeviceRequestRequestJson> {
    const request = deviceRequest(user.identity.loginId);
    const answers = [
      await this.request(request),
      await this.answer(user, request.id),
      await this.reveal(request),
      await this.approve(user, request.id),
    ];
    const refused = answers.find(({ status }) => status >= 300);
    if (refused !== undefined) throw new Error(refused.text);
    return request;
  }
}

export const ANSWER = { keyVersion: 1, keysHash: bytes(LENGTHS.hash), nonce: bytes(LENGTHS.pairingNonce) };
export const OFFER = { kemPublicKey: bytes(LENGTHS.kemPublicKey), nonce: bytes(LENGTHS.pairingNonce) };
export const HANDOVER = bytes(LENGTHS.handover);
