import type { BlockJson, BlocksJson } from '@sealpost/protocol';
import { ArrayField, IntegerField, LimitParameter, NextField, type Page, UuidField } from '../../../core/http/index.js';
import type { Block } from '../block.js';

const EXAMPLE = { userId: '019b2a4c-7d10-7c3a-9c55-0d1f6a2b3c4d', blockedAt: 1_796_000_000_000 } as const;
/** Blocks of a page. */
export const PAGE = { max: 500, default: 100 } as const;

export class BlockParams {
  @UuidField({ description: 'The user whose messages are not wanted.', example: EXAMPLE.userId })
  readonly userId!: string;
}

export class BlocksQuery {
  @UuidField({
    description: 'Items behind this user; take `next` of the page before.',
    optional: true,
    example: EXAMPLE.userId,
  })
  readonly after?: string;

  @LimitParameter(PAGE)
  readonly limit: number = PAGE.default;
}

export class BlockView implements BlockJson {
  @UuidField({ description: 'Who is blocked.', example: EXAMPLE.userId })
  readonly userId: string;

  @IntegerField({
    description: 'Since when, in Unix milliseconds.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    example: EXAMPLE.blockedAt,
  })
  readonly blockedAt: number;

  constructor({ userId, blockedAt }: Block) {
    this.userId = userId;
    this.blockedAt = blockedAt;
  }
}

export class BlocksView implements BlocksJson {
  @ArrayField(() => BlockView, { minItems: 0, maxItems: PAGE.max, description: 'Ascending by userId.' })
  readonly items: readonly BlockView[];

  @NextField('after', EXAMPLE.userId)
  readonly next?: string;

  constructor({ items, next }: Page<Block, string>) {
    this.items = items.map((block) => new BlockView(block));
    if (next !== undefined) this.next = next;
  }
}
