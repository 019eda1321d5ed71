import type { BlockJson, BlocksJson } from '@sealpost/protocol';
import { ArrayField, IntegerField, LimitParameter, UuidField } from '../../../core/http/index.js';
import type { Block } from '../block.js';

const EXAMPLE = { userId: '019b2a4c-7d10-7c3a-9c55-0d1f6a2b3c4d', blockedAt: 1_796_000_000_000 } as const;
/** Blocks of a page. */
export const PAGE = { max: 500, default: 100 } as const;

export class BlockParams {
  @UuidField({ description: 'The user whose messages are not wanted.', example: EXAMPLE.userId })
  readonly userId!: string;
}

export class BlocksQuery {
  @UuidField({ description: 'Begin behind this user.', optional: true, example: EXAMPLE.userId })
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
  readonly blocks: readonly BlockView[];

  @UuidField({
    description: 'Where there are more: what to ask for next as `after`.',
    optional: true,
    example: EXAMPLE.userId,
  })
  readonly nextAfter?: string;

  /** @param found one more than the page has room for, where there are more */
  constructor(found: readonly Block[], limit: number) {
    this.blocks = found.slice(0, limit).map((block) => new BlockView(block));
    const last = this.blocks.at(-1);
    if (found.length > limit && last !== undefined) this.nextAfter = last.userId;
  }
}
