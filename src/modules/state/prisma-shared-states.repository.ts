import { Injectable } from '@nestjs/common';
import { Database, fromRow, prismaOf, rowsOf, toRow, type Transaction } from '../../core/database/index.js';
import type { SharedState } from './shared-state.js';
import { SharedStatesRepository } from './shared-states.repository.js';

function stateOf({ stateVersion, state, previousHash }: SharedState): SharedState {
  return { stateVersion, state, previousHash };
}

/** $1 user */
const LOCK = {
  name: 'state-lock',
  text: `
    SELECT state_version AS "stateVersion", state, previous_hash AS "previousHash"
      FROM shared_states WHERE user_id = $1::uuid FOR UPDATE`,
};

@Injectable()
export class PrismaSharedStatesRepository extends SharedStatesRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(userId: string): Promise<SharedState | null> {
    const row = await this.database.prisma.sharedState.findUnique({ where: { userId } });
    return row === null ? null : stateOf(fromRow(row));
  }

  override async lock(tx: Transaction, userId: string): Promise<SharedState | null> {
    return (await rowsOf<SharedState>(tx, LOCK, [userId]))[0] ?? null;
  }

  override async insert(tx: Transaction, userId: string, state: SharedState, now: number): Promise<boolean> {
    const data = [toRow({ userId, ...stateOf(state), updatedAt: now })];
    const { count } = await prismaOf(tx).sharedState.createMany({ data, skipDuplicates: true });
    return count === 1;
  }

  override async replace(tx: Transaction, userId: string, state: SharedState, now: number): Promise<void> {
    const data = toRow({ ...stateOf(state), updatedAt: now });
    await prismaOf(tx).sharedState.update({ where: { userId }, data });
  }

  override async remove(tx: Transaction, userId: string): Promise<void> {
    await prismaOf(tx).sharedState.deleteMany({ where: { userId } });
  }
}
