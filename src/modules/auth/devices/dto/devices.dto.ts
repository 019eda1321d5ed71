import { DEVICE_REQUEST_STATES, LENGTHS, LIMITS } from '@sealpost/protocol';
import type {
  AnswerDeviceRequestJson,
  ApproveDeviceRequestJson,
  DeviceRequestState,
  PendingDeviceJson,
  PendingDevicesJson,
} from '@sealpost/protocol';
import {
  ArrayField,
  Base64UrlField,
  type Decoded,
  encodeBytes,
  EnumField,
  IntegerField,
  TextField,
  UuidField,
  TimeField,
} from '../../../../core/http/index.js';
import { SESSION_NAME } from '../../shared/session-name.js';
import { stateOf } from '../device-request.js';
import type { DeviceRequest } from '../device-request.js';
import { WaitQuery } from './device-requests.dto.js';
import { MAX_VERSION } from '../../shared/dto/auth-fields.js';

export class PendingDeviceQuery extends WaitQuery {
  @EnumField({
    description: 'The state to wait for the end of.',
    values: DEVICE_REQUEST_STATES,
    name: 'DeviceRequestState',
    optional: true,
  })
  readonly known?: DeviceRequestState;
}

export class PendingDeviceView implements PendingDeviceJson {
  @UuidField({ description: 'The request.' })
  readonly id: string;

  @EnumField({ description: 'How far it has got.', values: DEVICE_REQUEST_STATES, name: 'DeviceRequestState' })
  readonly state: DeviceRequestState;

  @TextField({
    description: 'What the device calls itself. Anybody can call a device anything.',
    ...SESSION_NAME,
    optional: true,
  })
  readonly deviceName?: string;

  @Base64UrlField({ description: 'To the ephemeral key and the nonce of the device.', length: LENGTHS.hash })
  readonly commitment: string;

  @TimeField({ description: 'When it was made.' })
  readonly createdAt: number;

  @TimeField({ description: 'When it is over.' })
  readonly expiresAt: number;

  @Base64UrlField({
    description: 'The ephemeral X-Wing public key, from `revealed` on.',
    length: LENGTHS.kemPublicKey,
    optional: true,
  })
  readonly kemPublicKey?: string;

  @Base64UrlField({
    description: 'The nonce of the device, from `revealed` on.',
    length: LENGTHS.pairingNonce,
    optional: true,
  })
  readonly nonce?: string;

  @Base64UrlField({
    description: 'RFC 7638 thumbprint of the key that its session is to be bound to, from `revealed` on.',
    length: LENGTHS.thumbprint,
    optional: true,
  })
  readonly sessionKey?: string;

  constructor(request: DeviceRequest) {
    this.id = request.id;
    this.state = stateOf(request);
    if (request.deviceName !== '') this.deviceName = request.deviceName;
    this.commitment = encodeBytes(request.commitment);
    this.createdAt = request.createdAt;
    this.expiresAt = request.expiresAt;
    if (request.offer === null) return;
    this.kemPublicKey = encodeBytes(request.offer.kemPublicKey);
    this.nonce = encodeBytes(request.offer.deviceNonce);
    if (request.offer.sessionKey !== undefined) this.sessionKey = encodeBytes(request.offer.sessionKey);
  }
}

export class PendingDevicesView implements PendingDevicesJson {
  @ArrayField(() => PendingDeviceView, {
    description: 'The oldest first.',
    minItems: 0,
    maxItems: LIMITS.pairingRequests,
  })
  readonly items: readonly PendingDeviceView[];

  constructor(requests: readonly DeviceRequest[]) {
    this.items = requests.map((request) => new PendingDeviceView(request));
  }
}

export class AnswerDeviceRequestDto implements Decoded<AnswerDeviceRequestJson, 'keysHash' | 'nonce'> {
  @IntegerField({
    description: 'The newest key version of the account, as this device knows it.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly keyVersion!: number;

  @Base64UrlField({ description: 'Hash of its statement.', length: LENGTHS.hash })
  readonly keysHash!: Uint8Array;

  @Base64UrlField({ description: 'Random bytes, made after the commitment was read.', length: LENGTHS.pairingNonce })
  readonly nonce!: Uint8Array;
}

export class ApproveDeviceRequestDto implements Decoded<ApproveDeviceRequestJson, 'handover'> {
  @Base64UrlField({
    description: 'The vault key, encrypted to the ephemeral key of the new device, and the signature of this one.',
    length: LENGTHS.handover,
  })
  readonly handover!: Uint8Array;
}
