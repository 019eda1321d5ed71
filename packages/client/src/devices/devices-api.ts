import type {
  AnswerDeviceRequestJson,
  ApproveDeviceRequestJson,
  DeviceRequestState,
  PendingDeviceJson,
  PendingDevicesJson,
} from '@sealpost/protocol';
import type { Access } from '../http/access.js';
import { pendingDeviceAnswer, pendingDevicesAnswer } from '../http/answers-devices.js';
import { uuidArgument } from '../http/api.js';
import type { CallOptions } from '../http/call-options.js';
import { about, type Shape } from '../http/json-shape.js';

/** The routes by which a signed-in device approves a new one. All of them may be repeated. */
export class DevicesApi {
  constructor(private readonly access: Access) {}

  list(call: CallOptions = {}): Promise<PendingDevicesJson> {
    const path = 'v1/account/device-requests';
    return this.access.request({ method: 'GET', path, answer: pendingDevicesAnswer, repeatable: true, ...call });
  }

  /** Waits until the request has left the state `known`, or the time is over. */
  async get(
    id: string,
    known: DeviceRequestState,
    waitSeconds: number,
    call: CallOptions = {},
  ): Promise<PendingDeviceJson> {
    return this.access.request({
      method: 'GET',
      path: pathOf(id),
      query: { known, wait: waitSeconds },
      answer: pendingOf(id),
      repeatable: true,
      waitMs: waitSeconds * 1000,
      ...call,
    });
  }

  async answer(id: string, body: AnswerDeviceRequestJson, call: CallOptions = {}): Promise<PendingDeviceJson> {
    const path = `${pathOf(id)}/answer`;
    const request = { method: 'POST', path, body, answer: pendingOf(id), repeatable: true } as const;
    return this.access.request({ ...request, ...call });
  }

  async approve(id: string, body: ApproveDeviceRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: `${pathOf(id)}/approve`, body, repeatable: true });
  }

  async deny(id: string, call: CallOptions = {}): Promise<void> {
    return this.access.request({ method: 'DELETE', path: pathOf(id), repeatable: true, ...call });
  }
}

function pendingOf(id: string): Shape<PendingDeviceJson> {
  return about(pendingDeviceAnswer, (answer) => answer.id === id, 'another request');
}

function pathOf(id: string): string {
  return `v1/account/device-requests/${uuidArgument(id, 'request id')}`;
}
