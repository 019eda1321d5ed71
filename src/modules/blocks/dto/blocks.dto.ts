import type { BlockJson, BlocksJson } from '@sealpost/protocol';
import { ArrayField, LimitParameter, NextField, type Page, UuidField, TimeField } from '../../../core/http/index.js';
import type { Block } from '../block.js';

/** Blocks of a page. */
export const PAGE = { max: 500, default: 100 } as const;

export class BlockParams {
  @UuidField({ description: 'The user whose messages are not wanted.' })
  readonly userId!: string;
}

export class BlocksQuery {
  @UuidField({ description: 'Items behind this user; take `next` of the page before.', optional: true })
  readonly after?: string;

  @LimitParameter(PAGE)
  readonly limit: number = PAGE.default;
}

export class BlockView implements BlockJson {
  @UuidField({ description: 'Who is blocked.' })
  readonly userId: string;

  @TimeField({ description: 'Since when.' })
  readonly blockedAt: number;

  constructor({ userId, blockedAt }: Block) {
    this.userId = userId;
    this.blockedAt = blockedAt;
  }
}

export class BlocksView implements BlocksJson {
  @ArrayField(() => BlockView, { minItems: 0, maxItems: PAGE.max, description: 'Ascending by userId.' })
  readonly items: readonly BlockView[];

  @NextField('after', 'uuid')
  readonly next?: string;

  constructor({ items, next }: Page<Block, string>) {
    this.items = items.map((block) => new BlockView(block));
    if (next !== undefined) this.next = next;
  }
}
