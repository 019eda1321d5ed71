import {
  DEVICE_REQUEST_STATES,
  isUuidV7,
  type CollectedDeviceJson,
  type DeviceAnswerJson,
  type DeviceRequestCreatedJson,
  type DeviceStatusJson,
  type PendingDeviceJson,
  type PendingDevicesJson,
} from '@sealpost/protocol';
import { tokens, uuid, vault } from './answers.js';
import { base64Url, listOf, matching, objectOf, oneOf, optional, text, time, version } from './json-shape.js';

const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');
const state = oneOf(DEVICE_REQUEST_STATES);

export const deviceCreatedAnswer = objectOf<DeviceRequestCreatedJson>({ id: uuidV7, expiresAt: time });

export const deviceStatusAnswer = objectOf<DeviceStatusJson>({
  state,
  expiresAt: time,
  answer: optional(
    objectOf<DeviceAnswerJson>({ userId: uuidV7, keyVersion: version, keysHash: base64Url, nonce: base64Url }),
  ),
});

export const collectedDeviceAnswer = objectOf<CollectedDeviceJson>({
  ...tokens,
  ...vault,
  userId: uuidV7,
  sessionId: uuid,
  credentialVersion: version,
  handover: base64Url,
});

export const pendingDeviceAnswer = objectOf<PendingDeviceJson>({
  id: uuidV7,
  state,
  deviceName: optional(text),
  commitment: base64Url,
  createdAt: time,
  expiresAt: time,
  kemPublicKey: optional(base64Url),
  nonce: optional(base64Url),
  sessionKey: optional(base64Url),
});

export const pendingDevicesAnswer = objectOf<PendingDevicesJson>({ items: listOf(pendingDeviceAnswer) });
