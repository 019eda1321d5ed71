import type { DeviceAnswer, DeviceApproval, DeviceOffer, DeviceRequest } from './device-request.js';

/** A row of `device_requests`. What the schema says to be "all or none" is. */
interface DeviceRequestRow {
  readonly id: string;
  readonly loginId: string;
  readonly deviceName: string;
  readonly tokenHash: Uint8Array;
  readonly commitment: Uint8Array;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly deniedAt: Date | null;
  readonly userId: string | null;
  readonly approverSessionId: string | null;
  readonly keyVersion: number | null;
  readonly keysHash: Uint8Array | null;
  readonly approverNonce: Uint8Array | null;
  readonly kemPublicKey: Uint8Array | null;
  readonly deviceNonce: Uint8Array | null;
  readonly handover: Uint8Array | null;
  readonly credentialVersion: number | null;
  readonly approverClient: string | null;
  readonly sessionId: string | null;
  readonly collectedAt: Date | null;
}

/** As Prisma takes it. */
interface NewDeviceRequestRow {
  readonly id: string;
  readonly loginId: string;
  readonly deviceName: string;
  readonly tokenHash: Uint8Array<ArrayBuffer>;
  readonly commitment: Uint8Array<ArrayBuffer>;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export function deviceRequestOf(row: DeviceRequestRow): DeviceRequest {
  return {
    id: row.id,
    loginId: row.loginId,
    deviceName: row.deviceName,
    tokenHash: row.tokenHash,
    commitment: row.commitment,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    deniedAt: row.deniedAt?.getTime() ?? null,
    answer: answerOf(row),
    offer: offerOf(row),
    approval: approvalOf(row),
    sessionId: row.sessionId,
    collectedAt: row.collectedAt?.getTime() ?? null,
  };
}

/** Of a new request: the later steps are columns that it does not have yet. */
export function rowOf(request: DeviceRequest): NewDeviceRequestRow {
  return {
    id: request.id,
    loginId: request.loginId,
    deviceName: request.deviceName,
    tokenHash: new Uint8Array(request.tokenHash),
    commitment: new Uint8Array(request.commitment),
    createdAt: new Date(request.createdAt),
    expiresAt: new Date(request.expiresAt),
  };
}

function answerOf(row: DeviceRequestRow): DeviceAnswer | null {
  const { userId, approverSessionId, keyVersion, keysHash, approverNonce } = row;
  if (userId === null || approverSessionId === null || keyVersion === null) return null;
  if (keysHash === null || approverNonce === null) return null;
  return { userId, approverSessionId, keyVersion, keysHash, approverNonce };
}

function offerOf({ kemPublicKey, deviceNonce }: DeviceRequestRow): DeviceOffer | null {
  return kemPublicKey === null || deviceNonce === null ? null : { kemPublicKey, deviceNonce };
}

function approvalOf({ handover, credentialVersion, approverClient }: DeviceRequestRow): DeviceApproval | null {
  return handover === null || credentialVersion === null ? null : { handover, credentialVersion, approverClient };
}
