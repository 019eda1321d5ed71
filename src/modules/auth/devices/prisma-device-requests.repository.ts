import { Injectable } from '@nestjs/common';
import { Database, fromRow, lockName, prismaOf, toRow } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { DeviceAnswer, DeviceApproval, DeviceOffer, DeviceRequest } from './device-request.js';
import { deviceRequestOf } from './device-request.row.js';
import { DEVICE_REQUESTS_CHANNEL, DeviceRequestsRepository } from './device-requests.repository.js';
import type { AccountOfRequests, AdditionOfDeviceRequest, CollectionTimes } from './device-requests.repository.js';

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
    const changed = await prismaOf(tx).$queryRaw<unknown[]>`
      WITH changed AS (
        UPDATE device_requests
           SET user_id = ${userId}::uuid, approver_session_id = ${approverSessionId}::uuid,
               key_version = ${keyVersion}, keys_hash = ${keysHash}, approver_nonce = ${approverNonce}
         WHERE id = ${id}::uuid AND user_id IS NULL AND denied_at IS NULL AND expires_at > ${new Date(now)}
        RETURNING id
      )
      SELECT pg_notify(${DEVICE_REQUESTS_CHANNEL}, id::text)::text FROM changed`;
    return changed.length === 1;
  }

  override async reveal(
    id: string,
    { kemPublicKey, deviceNonce, sessionKey }: DeviceOffer,
    now: number,
  ): Promise<boolean> {
    const changed = await this.database.prisma.$queryRaw<unknown[]>`
      WITH changed AS (
        UPDATE device_requests SET kem_public_key = ${kemPublicKey}, device_nonce = ${deviceNonce},
               session_key = ${sessionKey ?? null}
         WHERE id = ${id}::uuid AND user_id IS NOT NULL AND kem_public_key IS NULL
           AND denied_at IS NULL AND expires_at > ${new Date(now)}
        RETURNING id
      )
      SELECT pg_notify(${DEVICE_REQUESTS_CHANNEL}, id::text)::text FROM changed`;
    return changed.length === 1;
  }

  override async approve(tx: Transaction, id: string, approval: DeviceApproval, now: number): Promise<boolean> {
    const { handover, credentialVersion, approverClient } = approval;
    const changed = await prismaOf(tx).$queryRaw<unknown[]>`
      WITH changed AS (
        UPDATE device_requests
           SET handover = ${handover}, credential_version = ${credentialVersion}, approver_client = ${approverClient}
         WHERE id = ${id}::uuid AND kem_public_key IS NOT NULL AND handover IS NULL
           AND denied_at IS NULL AND expires_at > ${new Date(now)}
        RETURNING id
      )
      SELECT pg_notify(${DEVICE_REQUESTS_CHANNEL}, id::text)::text FROM changed`;
    return changed.length === 1;
  }

  override async deny(id: string, now: number): Promise<boolean> {
    const time = new Date(now);
    const changed = await this.database.prisma.$queryRaw<unknown[]>`
      WITH changed AS (
        UPDATE device_requests SET denied_at = ${time}
         WHERE id = ${id}::uuid AND collected_at IS NULL AND denied_at IS NULL AND expires_at > ${time}
        RETURNING id
      )
      SELECT pg_notify(${DEVICE_REQUESTS_CHANNEL}, id::text)::text FROM changed`;
    return changed.length === 1;
  }

  override async lockForUpdate(tx: Transaction, id: string): Promise<DeviceRequest | null> {
    await prismaOf(tx).$queryRaw`SELECT 1 FROM device_requests WHERE id = ${id}::uuid FOR UPDATE`;
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
    return this.database.prisma.$executeRaw`
      DELETE FROM device_requests WHERE id IN (
        SELECT id FROM device_requests
        WHERE expires_at < now() - make_interval(secs => ${seconds})
        LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )`;
  }
}
