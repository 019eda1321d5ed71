import { applyDecorators } from '@nestjs/common';
import { IntegerParameter } from './fields/index.js';

/** A page of a list that is read in ascending order of a position. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/**
 * The query parameter `limit`. The class initialises the member with the default:
 * `@LimitParameter({ max: 200, default: 50 }) readonly limit: number = 50`.
 */
export function LimitParameter(options: { readonly max: number; readonly default: number }): PropertyDecorator {
  return applyDecorators(
    IntegerParameter({
      description: 'The most items to return.',
      min: 1,
      max: options.max,
      default: options.default,
      optional: true,
      example: options.default,
    }),
  );
}

/** The query parameter that says after which position to go on; positions count from 1, 0 is the beginning. */
export function CursorParameter(options: { readonly description: string }): PropertyDecorator {
  return applyDecorators(
    IntegerParameter({
      description: options.description,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      default: 0,
      optional: true,
      example: 0,
    }),
  );
}

/** Makes a page from one row more than the limit, which is how a query learns whether there are more. */
export function pageOf<T>(rowsWithOneMore: readonly T[], limit: number): Page<T> {
  return { items: rowsWithOneMore.slice(0, limit), hasMore: rowsWithOneMore.length > limit };
}
