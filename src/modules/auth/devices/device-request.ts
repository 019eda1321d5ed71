import type { DeviceRequestState } from '@sealpost/protocol';

/** How long a new device that lost the answer may collect again. */
export const COLLECT_AGAIN_MS = 30_000;

/** What a new device asks for (protocol section 10). */
export interface NewDeviceRequest {
  /** Made by the client. */
  readonly id: string;
  /** Normalised; nobody need have it. */
  readonly loginId: string;
  /** May be empty. */
  readonly deviceName: string;
  readonly commitment: Uint8Array;
}

/** What the approving device has chosen, and whose it is. */
export interface DeviceAnswer {
  readonly userId: string;
  readonly approverSessionId: string;
  readonly keyVersion: number;
  readonly keysHash: Uint8Array;
  readonly approverNonce: Uint8Array;
}

/** What the new device had committed to. */
export interface DeviceOffer {
  readonly kemPublicKey: Uint8Array;
  readonly deviceNonce: Uint8Array;
}

export interface DeviceApproval {
  /** Opaque to the server. */
  readonly handover: Uint8Array;
  /** Of the account at that time. */
  readonly credentialVersion: number;
  /** Families of product and operating system of the approving device. */
  readonly approverClient: string | null;
}

/** A request as far as it has got. Times are Unix milliseconds. */
export interface DeviceRequest extends NewDeviceRequest {
  /** SHA-256 of the new device's secret. */
  readonly tokenHash: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly deniedAt: number | null;
  readonly answer: DeviceAnswer | null;
  readonly offer: DeviceOffer | null;
  readonly approval: DeviceApproval | null;
  /** The session that was opened for the device. */
  readonly sessionId: string | null;
  /** Unix milliseconds; with the session. */
  readonly collectedAt: number | null;
}

export function stateOf({ answer, offer, approval, sessionId }: DeviceRequest): DeviceRequestState {
  if (sessionId !== null) return 'collected';
  if (approval !== null) return 'approved';
  if (offer !== null) return 'revealed';
  return answer === null ? 'waiting' : 'answered';
}
