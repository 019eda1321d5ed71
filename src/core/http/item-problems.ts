import { createParamDecorator, type ExecutionContext, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors.js';
import { INTERNAL_PROBLEM } from './problem-of-exception.js';
import { pathOf, type ProblemDocument, problemDocument, problemOf } from './problem.js';

/**
 * The problem document of one item of a request that has a result for each.
 * @param item JSON pointer of the item, e.g. `/messages/3`: where its errors are found
 */
export type DescribeItemProblem = (error: unknown, item: string) => ProblemDocument;

const logger = new Logger('Http');

/** A handler's parameter: describes what went wrong with single items, as a failed request of its own would. */
export const ItemProblems = createParamDecorator((_: unknown, context: ExecutionContext): DescribeItemProblem => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const occurrence = { requestId: request.id, path: pathOf(request.raw.url ?? '/') };
  return (error, item) => {
    if (error instanceof DomainError) return problemDocument(problemOf(error, item), occurrence);
    const stack = error instanceof Error ? error.stack : String(error);
    logger.error(`Unexpected failure of ${item} (request ${request.id})`, stack);
    return problemDocument(INTERNAL_PROBLEM, occurrence);
  };
});
