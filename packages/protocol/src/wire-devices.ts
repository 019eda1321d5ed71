/** JSON of the routes by which a signed-in device approves a new one (section 10). Conventions as in wire.ts. */
import type { ListJson, LoginJson } from './wire.js';

/**
 * How far a request has got: `waiting` for a device to answer, `answered`, `revealed`, `approved`, `collected`. A denied
 * one, and one that is over, is an error instead.
 */
export const DEVICE_REQUEST_STATES = ['waiting', 'answered', 'revealed', 'approved', 'collected'] as const;
export type DeviceRequestState = (typeof DEVICE_REQUEST_STATES)[number];

/** POST /v1/auth/device-requests */
export interface DeviceRequestRequestJson {
  /** Made by the client, so that a repetition is known as one. */
  readonly id: string;
  readonly loginId: string;
  /** What the device calls itself, and the name of its session; absent: empty. */
  readonly deviceName?: string;
  /** H(pair/commit/v1 …). */
  readonly commitment: string;
  /** 32 random bytes: whoever has them is the new device. The server keeps their hash. */
  readonly token: string;
}

export interface DeviceRequestCreatedJson {
  readonly id: string;
  readonly expiresAt: number;
}

/** POST /v1/auth/device-requests/{id}/status?wait= */
export interface DeviceStatusRequestJson {
  readonly token: string;
  /** With `wait`: the answer comes when the request has another state. */
  readonly known?: DeviceRequestState;
}

/** What the new device sees of its request. */
export interface DeviceStatusJson {
  readonly state: DeviceRequestState;
  readonly expiresAt: number;
  /** From `answered` on. */
  readonly answer?: DeviceAnswerJson;
}

/** Which keys approve, and the approver's nonce. */
export interface DeviceAnswerJson {
  readonly userId: string;
  readonly keyVersion: number;
  readonly keysHash: string;
  readonly nonce: string;
}

/** POST /v1/auth/device-requests/{id}/reveal */
export interface RevealDeviceRequestJson {
  readonly token: string;
  readonly kemPublicKey: string;
  readonly nonce: string;
  /** RFC 7638 thumbprint of the key that the session is to be bound to; absent where it is not. */
  readonly sessionKey?: string;
}

/** POST /v1/auth/device-requests/{id}/collect */
export interface CollectDeviceRequestJson {
  readonly token: string;
}

/** The session of the new device, as after a log-in, and what only the approver could give. */
export interface CollectedDeviceJson extends Omit<LoginJson, 'passwordUnlock'> {
  /** 0x01 ‖ enc ‖ ciphertext ‖ signature. */
  readonly handover: string;
}

/** What a signed-in device sees of a request for its account. */
export interface PendingDeviceJson {
  readonly id: string;
  readonly state: DeviceRequestState;
  /** Absent: empty. */
  readonly deviceName?: string;
  readonly commitment: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** From `revealed` on; sessionKey where the new device has one. */
  readonly kemPublicKey?: string;
  readonly nonce?: string;
  readonly sessionKey?: string;
}

/** GET /v1/account/device-requests: the oldest first. */
export type PendingDevicesJson = ListJson<PendingDeviceJson>;

/** POST /v1/account/device-requests/{id}/answer */
export interface AnswerDeviceRequestJson {
  readonly keyVersion: number;
  readonly keysHash: string;
  readonly nonce: string;
}

/** POST /v1/account/device-requests/{id}/approve */
export interface ApproveDeviceRequestJson {
  readonly handover: string;
}
