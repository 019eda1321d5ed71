import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '@sealpost/protocol';

/** Extensions of operations by which decorators speak to the completion of the document, which removes them. */
export const PROBLEM_EXTENSION = 'x-problem:';
export const PUBLIC_EXTENSION = 'x-public';
/** Its value where an access token may be sent all the same. */
export const OPTIONAL_CALLER = 'optional';

/** A code of an additional module, with the status that it is answered with. */
export interface AdditionalProblem {
  readonly code: `x-${string}.${string}`;
  readonly status: number;
}

/**
 * Documents which error codes a route, or all routes of a controller, can answer with. What every route has (bad input,
 * 401 unless `@Public()`, 500, 503, and 413 and 415 where there is a body) is added without being named.
 */
export function ApiProblems(...problems: readonly (ErrorCode | AdditionalProblem)[]): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ...problems.map((problem) =>
      typeof problem === 'string'
        ? ApiExtension(PROBLEM_EXTENSION + problem, {})
        : ApiExtension(PROBLEM_EXTENSION + problem.code, { status: problem.status }),
    ),
  );
}
