import { IntegerField, IntegerParameter, UuidField } from './fields/index.js';

/**
 * The one idiom of lists. A request has `limit`, and `after` or `before`; the answer has `items`, and as long as more follow
 * `next`: what the request for them has as `after` or `before`. What is never longer than a page has `items` alone.
 */
export interface Page<T, Position = number> {
  readonly items: readonly T[];
  readonly next?: Position;
}

/**
 * The query parameter `limit`. The class initialises the member with the default:
 * `@LimitParameter({ max: 200, default: 50 }) readonly limit: number = 50`.
 */
export function LimitParameter(options: { readonly max: number; readonly default: number }): PropertyDecorator {
  return IntegerParameter({
    description: 'The most items to return.',
    min: 1,
    max: options.max,
    default: options.default,
    optional: true,
  });
}

/**
 * The query parameter `after`; positions count from 1, 0 is the beginning: `@AfterParameter() readonly after: number = 0`.
 * @param what whose position it is, e.g. "sequence"
 */
export function AfterParameter(what: string, max = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return IntegerParameter({
    description: `Items behind this ${what}; take \`next\` of the page before.`,
    min: 0,
    max,
    default: 0,
    optional: true,
  });
}

/** The member `next` of a page. */
export function NextField(parameter: 'after' | 'before', position: 'number' | 'uuid' = 'number'): PropertyDecorator {
  const description = `What to ask for next as \`${parameter}\`; absent where nothing more follows.`;
  return position === 'uuid'
    ? UuidField({ description, optional: true })
    : IntegerField({ description, min: 1, max: Number.MAX_SAFE_INTEGER, optional: true });
}

/** Makes a page from one row more than the limit, which is how a query learns whether there are more. */
export function pageOf<T, Position>(
  rowsWithOneMore: readonly T[],
  limit: number,
  positionOf: (row: T) => Position,
): Page<T, Position> {
  const items = rowsWithOneMore.slice(0, limit);
  const last = items.at(-1);
  return rowsWithOneMore.length > limit && last !== undefined ? { items, next: positionOf(last) } : { items };
}
