import { Injectable } from '@nestjs/common';
import { Database, prismaOf, type Transaction } from '../../core/database/index.js';
import type { SharedState } from './shared-state.js';
import { SharedStatesRepository } from './shared-states.repository.js';

/** The client answers with Buffers, which the byte readers of the protocol are not made for. */
function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value);
}

function toState(row: SharedState) {
  return {
    stateVersion: row.stateVersion,
    state: bytes(row.state),
    previousHash: bytes(row.previousHash),
  } satisfies SharedState;
}

@Injectable()
export class PrismaSharedStatesRepository extends SharedStatesRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<SharedState | null> {
    const row = await this.database.prisma.sharedState.findUnique({ where: { userId } });
    return row === null ? null : toState(row);
  }

  override async lock(tx: Transaction, userId: string): Promise<SharedState | null> {
    const rows = await prismaOf(tx).$queryRaw<SharedState[]>`
      SELECT state_version AS "stateVersion", state, previous_hash AS "previousHash"
        FROM shared_states WHERE user_id = ${userId}::uuid FOR UPDATE`;
    return rows[0] === undefined ? null : toState(rows[0]);
  }

  override async insert(tx: Transaction, userId: string, state: SharedState, now: number): Promise<boolean> {
    const data = [{ userId, ...toState(state), updatedAt: new Date(now) }];
    const { count } = await prismaOf(tx).sharedState.createMany({ data, skipDuplicates: true });
    return count === 1;
  }

  override async replace(tx: Transaction, userId: string, state: SharedState, now: number): Promise<void> {
    const data = { ...toState(state), updatedAt: new Date(now) };
    await prismaOf(tx).sharedState.update({ where: { userId }, data });
  }

  override async remove(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).sharedState.deleteMany({ where: { userId } });
  }
}
