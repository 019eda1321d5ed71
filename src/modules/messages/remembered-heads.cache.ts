import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { KeyHead } from './delivery.repository.js';

/** The number of users that are remembered; each takes about 200 bytes. */
const CAPACITY = 40_000;

/**
 * Who had which newest keys when a delivery looked last, on this replica. Never taken for true: whatever is decided with
 * it is stored only where the database still says the same.
 */
@Injectable()
export class RememberedHeads {
  readonly #heads = new LRUCache<string, KeyHead>({ max: CAPACITY });

  /** The heads of these users, as far as they are remembered. */
  of(userIds: Iterable<string>): ReadonlyMap<string, KeyHead> {
    const found = new Map<string, KeyHead>();
    for (const userId of userIds) {
      const head = this.#heads.get(userId);
      if (head !== undefined) found.set(userId, head);
    }
    return found;
  }

  remember(heads: ReadonlyMap<string, KeyHead>): void {
    for (const [userId, head] of heads) this.#heads.set(userId, head);
  }
}
