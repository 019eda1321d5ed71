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
import { tokens, vault } from './answers.js';
import { base64Url, integer, listOf, matching, objectOf, oneOf, optional, text } from './json-shape.js';

const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');
const state = oneOf(DEVICE_REQUEST_STATES);

export const deviceCreatedAnswer = objectOf<DeviceRequestCreatedJson>({ id: uuidV7, expiresAt: integer });

export const deviceStatusAnswer = objectOf<DeviceStatusJson>({
  state,
  expiresAt: integer,
  answer: optional(
    objectOf<DeviceAnswerJson>({ userId: uuidV7, keyVersion: integer, keysHash: base64Url, nonce: base64Url }),
  ),
});

export const collectedDeviceAnswer = objectOf<CollectedDeviceJson>({
  ...tokens,
  ...vault,
  userId: uuidV7,
  sessionId: text,
  credentialVersion: integer,
  handover: base64Url,
});

export const pendingDeviceAnswer = objectOf<PendingDeviceJson>({
  id: uuidV7,
  state,
  deviceName: optional(text),
  commitment: base64Url,
  createdAt: integer,
  expiresAt: integer,
  kemPublicKey: optional(base64Url),
  nonce: optional(base64Url),
});

export const pendingDevicesAnswer = objectOf<PendingDevicesJson>({ requests: listOf(pendingDeviceAnswer) });
