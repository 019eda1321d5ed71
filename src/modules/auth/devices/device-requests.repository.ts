import { Injectable } from '@nestjs/common';
import {
  countOf,
  Database,
  deletionOfOld,
  fromRow,
  lockName,
  prismaOf,
  rowsOf,
  toRow,
} from '../../../core/database/index.js';
import type { Statement, Transaction } from '../../../core/database/index.js';
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

export interface AccountOfRequests {
  readonly userId: string;
  /** null where the account has none any more. */
  readonly loginId: string | null;
}

export type AdditionOfDeviceRequest = 'added' | 'id-taken' | 'full';

/** Unix milliseconds. */
export interface CollectionTimes {
  readonly collectedAt: number;
  readonly expiresAt: number;
}

/** The channel of LISTEN and NOTIFY on which replicas tell each other which request has got further. */
export const DEVICE_REQUESTS_CHANNEL = 'sealpost_device_requests';

/** A step of a request that has not run out, told to those who wait for it. $1 id, $2 now, $3 and more: what it stores */
function step(name: string, assignments: string, condition: string): Statement {
  return {
    name: `auth-device-request-${name}`,
    text: `
      WITH changed AS (
        UPDATE device_requests SET ${assignments}
         WHERE id = $1::uuid AND expires_at > $2::timestamptz AND denied_at IS NULL AND ${condition}
        RETURNING id
      )
      SELECT pg_notify('${DEVICE_REQUESTS_CHANNEL}', id::text)::text AS told FROM changed`,
  };
}

/** $3 user, $4 session, $5 key version, $6 hash of the keys, $7 nonce */
const ANSWER = step(
  'answer',
  'user_id = $3::uuid, approver_session_id = $4::uuid, key_version = $5, keys_hash = $6, approver_nonce = $7',
  'user_id IS NULL',
);
/** $3 KEM key, $4 nonce, $5 thumbprint of the session's key */
const REVEAL = step(
  'reveal',
  'kem_public_key = $3, device_nonce = $4, session_key = $5',
  'user_id IS NOT NULL AND kem_public_key IS NULL',
);
/** $3 handover, $4 credential version, $5 client */
const APPROVE = step(
  'approve',
  'handover = $3, credential_version = $4, approver_client = $5',
  'kem_public_key IS NOT NULL AND handover IS NULL',
);
const DENY = step('deny', 'denied_at = $2::timestamptz', 'collected_at IS NULL');
/** $1 id */
const LOCK = {
  name: 'auth-lock-device-request',
  text: 'SELECT 1 AS locked FROM device_requests WHERE id = $1::uuid FOR UPDATE',
};
const DELETE_OLD = deletionOfOld('device_requests', 'id', 'expires_at');

/**
 * Every step is a compare and set: it answers false where the request is not in the state
 * before it, is denied or over. Each step that succeeds is notified on `DEVICE_REQUESTS_CHANNEL` with the id.
 */
@Injectable()
export class DeviceRequestsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Adds a request under a lock of the loginId. No more than `most` are neither over, nor collected, nor denied after an
   * answer.
   */
  async add(tx: Transaction, request: DeviceRequest, most: number): Promise<AdditionOfDeviceRequest> {
    const { id, loginId, deviceName, tokenHash, commitment, createdAt, expiresAt } = request;
    // Requests for one loginId are counted one after the other; a lock of its row would need an account.
    await lockName(tx, `device-requests/${loginId}`);
    // Denied ones leave room: strangers could keep the owner out for as long as they go on. That there is room again tells
    // them that somebody has the loginId, which a look-up tells as well.
    const where = { loginId, expiresAt: { gt: new Date(createdAt) }, deniedAt: null, collectedAt: null };
    if ((await prismaOf(tx).deviceRequest.count({ where })) >= most) return 'full';
    // The later steps are columns that a new one does not have yet.
    const row = toRow({ id, loginId, deviceName, tokenHash, commitment, createdAt, expiresAt });
    const { count } = await prismaOf(tx).deviceRequest.createMany({ data: [row], skipDuplicates: true });
    return count === 1 ? 'added' : 'id-taken';
  }

  async find(id: string): Promise<DeviceRequest | null> {
    const row = await this.database.prisma.deviceRequest.findUnique({ where: { id } });
    return row === null ? null : deviceRequestOf(fromRow(row));
  }

  /** Finds the requests that are neither denied nor collected nor over, the oldest first. */
  async findPending(loginId: string, now: number): Promise<DeviceRequest[]> {
    const rows = await this.database.prisma.deviceRequest.findMany({
      where: { loginId, deniedAt: null, collectedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(fromRow).map(deviceRequestOf);
  }

  /**
   * Finds what is stored about an account, over or not: requests that the account has answered, and those for its loginId that
   * nobody has. In the order of their ids, after one of them.
   */
  async findAbout(
    { userId, loginId }: AccountOfRequests,
    after: string | null,
    limit: number,
  ): Promise<DeviceRequest[]> {
    const unanswered = loginId === null ? [] : [{ loginId, userId: null }];
    const rows = await this.database.prisma.deviceRequest.findMany({
      where: { OR: [{ userId }, ...unanswered], ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(fromRow).map(deviceRequestOf);
  }

  async answer(tx: Transaction, id: string, answer: DeviceAnswer, now: number): Promise<boolean> {
    const { userId, approverSessionId, keyVersion, keysHash, approverNonce } = answer;
    const values = [id, new Date(now), userId, approverSessionId, keyVersion, keysHash, approverNonce];
    return (await rowsOf(tx, ANSWER, values)).length === 1;
  }

  async reveal(id: string, offer: DeviceOffer, now: number): Promise<boolean> {
    const { kemPublicKey, deviceNonce, sessionKey = null } = offer;
    const values = [id, new Date(now), kemPublicKey, deviceNonce, sessionKey];
    return (await rowsOf(this.database, REVEAL, values)).length === 1;
  }

  async approve(tx: Transaction, id: string, approval: DeviceApproval, now: number): Promise<boolean> {
    const { handover, credentialVersion, approverClient } = approval;
    const values = [id, new Date(now), handover, credentialVersion, approverClient];
    return (await rowsOf(tx, APPROVE, values)).length === 1;
  }

  /** Denies the request, whatever its state, unless it is collected. */
  async deny(id: string, now: number): Promise<boolean> {
    return (await rowsOf(this.database, DENY, [id, new Date(now)])).length === 1;
  }

  /** Keeps the request as it is until the transaction ends. */
  async lockForUpdate(tx: Transaction, id: string): Promise<DeviceRequest | null> {
    await rowsOf(tx, LOCK, [id]);
    const row = await prismaOf(tx).deviceRequest.findUnique({ where: { id } });
    return row === null ? null : deviceRequestOf(fromRow(row));
  }

  /** Notes the collection of an approved request that the transaction holds. The request is over at `expiresAt` then. */
  async collect(tx: Transaction, id: string, sessionId: string, times: CollectionTimes): Promise<void> {
    const { count } = await prismaOf(tx).deviceRequest.updateMany({
      where: { id, handover: { not: null }, sessionId: null },
      data: toRow({ sessionId, ...times }),
    });
    if (count !== 1) throw new Error('A request was collected that the transaction did not hold');
  }

  /** Deletes up to `limit` requests that have been over for at least `seconds`; answers with how many. */
  async deleteExpired(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }
}
