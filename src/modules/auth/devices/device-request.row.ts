import type { DeviceAnswer, DeviceApproval, DeviceOffer, DeviceRequest } from './device-request.js';

/** A row of `device_requests`, read with `fromRow`. What the schema says to be "all or none" is. */
interface DeviceRequestRow {
  readonly id: string;
  readonly loginId: string;
  readonly deviceName: string;
  readonly tokenHash: Uint8Array;
  readonly commitment: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly deniedAt: number | null;
  readonly userId: string | null;
  readonly approverSessionId: string | null;
  readonly keyVersion: number | null;
  readonly keysHash: Uint8Array | null;
  readonly approverNonce: Uint8Array | null;
  readonly kemPublicKey: Uint8Array | null;
  readonly deviceNonce: Uint8Array | null;
  readonly sessionKey: Uint8Array | null;
  readonly handover: Uint8Array | null;
  readonly credentialVersion: number | null;
  readonly approverClient: string | null;
  readonly sessionId: string | null;
  readonly collectedAt: number | null;
}

export function deviceRequestOf(row: DeviceRequestRow): DeviceRequest {
  const { id, loginId, deviceName, tokenHash, commitment, createdAt, expiresAt, deniedAt, sessionId, collectedAt } =
    row;
  const steps = { answer: answerOf(row), offer: offerOf(row), approval: approvalOf(row) };
  return {
    id,
    loginId,
    deviceName,
    tokenHash,
    commitment,
    createdAt,
    expiresAt,
    deniedAt,
    sessionId,
    collectedAt,
    ...steps,
  };
}

function answerOf(row: DeviceRequestRow): DeviceAnswer | null {
  const { userId, approverSessionId, keyVersion, keysHash, approverNonce } = row;
  if (userId === null || approverSessionId === null || keyVersion === null) return null;
  if (keysHash === null || approverNonce === null) return null;
  return { userId, approverSessionId, keyVersion, keysHash, approverNonce };
}

function offerOf({ kemPublicKey, deviceNonce, sessionKey }: DeviceRequestRow): DeviceOffer | null {
  if (kemPublicKey === null || deviceNonce === null) return null;
  return { kemPublicKey, deviceNonce, ...(sessionKey === null ? {} : { sessionKey }) };
}

function approvalOf({ handover, credentialVersion, approverClient }: DeviceRequestRow): DeviceApproval | null {
  return handover === null || credentialVersion === null ? null : { handover, credentialVersion, approverClient };
}
