import { Injectable } from '@nestjs/common';
import { LIMITS } from '@sealpost/protocol';
import { AccountLocks, type OwnerProof, OwnerProofs } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { type Page, pageOf } from '../../core/http/index.js';
import { KeyRegistry } from '../keys/index.js';
import type { Block } from './block.js';
import { blocksFull, ownUser, userUnknown } from './blocks.errors.js';
import { BlocksRepository } from './blocks.repository.js';

/** The nil UUID: below every userId. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Keeps who has blocked whom. What that means for messages is the business of their delivery. */
@Injectable()
export class BlocksService {
  constructor(
    private readonly blocks: BlocksRepository,
    private readonly owners: OwnerProofs,
    private readonly accounts: AccountLocks,
    private readonly clock: Clock,
    private readonly keys: KeyRegistry,
  ) {}

  async page(userId: string, after: string | undefined, limit: number): Promise<Page<Block, string>> {
    return pageOf(await this.blocks.page(userId, after ?? FIRST, limit + 1), limit, (block) => block.userId);
  }

  /** Changes nothing where the user is blocked already. */
  async block(userId: string, blockedUserId: string, proof: OwnerProof): Promise<void> {
    if (userId === blockedUserId) throw ownUser();
    await this.#requireUser(blockedUserId);
    const block = { userId: blockedUserId, blockedAt: this.clock.now() };
    await this.owners.run({ userId, action: 'block', subject: blockedUserId, proof }, async (tx) => {
      await this.accounts.lockForKeyShare(tx, userId);
      if (!(await this.blocks.add(tx, userId, block, LIMITS.blocks))) throw blocksFull();
    });
  }

  /** Changes nothing where the user is not blocked. */
  async unblock(userId: string, blockedUserId: string, proof: OwnerProof): Promise<void> {
    await this.#requireUser(blockedUserId);
    await this.owners.run({ userId, action: 'unblock', subject: blockedUserId, proof }, (tx) =>
      this.blocks.remove(tx, userId, blockedUserId),
    );
  }

  /** An erased one, too: their keys stay. */
  async #requireUser(userId: string): Promise<void> {
    if ((await this.keys.findNewestStatements([userId])).length === 0) throw userUnknown();
  }
}
