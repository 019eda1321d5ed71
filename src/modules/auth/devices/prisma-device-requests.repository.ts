import { Injectable } from '@nestjs/common';
import {
  countOf,
  Database,
  deletionOfOld,
  fromRow,
  lockName,
  prismaOf,
  rowsOf,
  type Statement,
  toRow,
} from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { DeviceAnswer, DeviceApproval, DeviceOffer, DeviceRequest } from './device-request.js';
import { deviceRequestOf } from './device-request.row.js';
import { DEVICE_REQUESTS_CHANNEL, DeviceRequestsRepository } from './device-requests.repository.js';
import type { AccountOfRequests, AdditionOfDeviceRequest, CollectionTimes } from './device-requests.repository.js';

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

@Injectable()
export class PrismaDeviceRequestsRepository extends DeviceRequestsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(tx: Transaction, request: DeviceRequest, most: number): Promise<AdditionOfDeviceRequest> {
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

  override async find(id: string): Promise<DeviceRequest | null> {
    const row = await this.database.prisma.deviceRequest.findUnique({ where: { id } });
    return row === null ? null : deviceRequestOf(fromRow(row));
  }

  override async findPending(loginId: string, now: number): Promise<DeviceRequest[]> {
    const rows = await this.database.prisma.deviceRequest.findMany({
      where: { loginId, deniedAt: null, collectedAt: null, expiresAt: { gt: new Date(now) } },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(fromRow).map(deviceRequestOf);
  }

  override async findAbout(
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

  override async answer(tx: Transaction, id: string, answer: DeviceAnswer, now: number): Promise<boolean> {
    const { userId, approverSessionId, keyVersion, keysHash, approverNonce } = answer;
    const values = [id, new Date(now), userId, approverSessionId, keyVersion, keysHash, approverNonce];
    return (await rowsOf(tx, ANSWER, values)).length === 1;
  }

  override async reveal(id: string, offer: DeviceOffer, now: number): Promise<boolean> {
    const { kemPublicKey, deviceNonce, sessionKey = null } = offer;
    const values = [id, new Date(now), kemPublicKey, deviceNonce, sessionKey];
    return (await rowsOf(this.database, REVEAL, values)).length === 1;
  }

  override async approve(tx: Transaction, id: string, approval: DeviceApproval, now: number): Promise<boolean> {
    const { handover, credentialVersion, approverClient } = approval;
    const values = [id, new Date(now), handover, credentialVersion, approverClient];
    return (await rowsOf(tx, APPROVE, values)).length === 1;
  }

  override async deny(id: string, now: number): Promise<boolean> {
    return (await rowsOf(this.database, DENY, [id, new Date(now)])).length === 1;
  }

  override async lockForUpdate(tx: Transaction, id: string): Promise<DeviceRequest | null> {
    await rowsOf(tx, LOCK, [id]);
    const row = await prismaOf(tx).deviceRequest.findUnique({ where: { id } });
    return row === null ? null : deviceRequestOf(fromRow(row));
  }

  override async collect(tx: Transaction, id: string, sessionId: string, times: CollectionTimes): Promise<void> {
    const { count } = await prismaOf(tx).deviceRequest.updateMany({
      where: { id, handover: { not: null }, sessionId: null },
      data: toRow({ sessionId, ...times }),
    });
    if (count !== 1) throw new Error('A request was collected that the transaction did not hold');
  }

  override async deleteExpired(seconds: number, limit: number): Promise<number> {
    return countOf(this.database, DELETE_OLD, [seconds, limit]);
  }
}
