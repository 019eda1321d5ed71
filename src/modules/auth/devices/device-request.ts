import type { DeviceRequestState, PairingContext, PairingExchange } from '@sealpost/protocol';

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
  /** Thumbprint of the key that its session is to be bound to; absent where it is not. */
  readonly sessionKey?: Uint8Array | undefined;
}

export interface DeviceApproval {
  /** Opaque to the server. */
  readonly handover: Uint8Array;
  /** The account's credential version at that time. */
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

/** What the new device's commitment and code, and the signature of a handover, are about (protocol section 10). */
export function pairingContextOf({ id, loginId, deviceName }: NewDeviceRequest, serviceId: string): PairingContext {
  return { serviceId, loginId, requestId: id, deviceName };
}

/** Everything that both sides have said; null as long as one of them has something to say. */
export function pairingExchangeOf(request: DeviceRequest, serviceId: string): PairingExchange | null {
  const { commitment, answer, offer } = request;
  if (answer === null || offer === null) return null;
  const { userId, keyVersion, keysHash, approverNonce } = answer;
  const context = pairingContextOf(request, serviceId);
  return { context, commitment, answer: { approver: { userId, keyVersion, keysHash }, approverNonce }, offer };
}

export function stateOf({ answer, offer, approval, sessionId }: DeviceRequest): DeviceRequestState {
  if (sessionId !== null) return 'collected';
  if (approval !== null) return 'approved';
  if (offer !== null) return 'revealed';
  return answer === null ? 'waiting' : 'answered';
}
