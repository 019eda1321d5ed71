import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '@sealpost/protocol';
import type { AdditionalError } from '../../errors.js';

/** Extensions of operations by which decorators speak to the completion of the document, which removes them. */
export const PROBLEM_EXTENSION = 'x-problem:';
export const PUBLIC_EXTENSION = 'x-public';
/** The value of `x-public` on public routes that may get an access token all the same. */
export const OPTIONAL_CALLER = 'optional';
/** Routes that change something with the access token alone. */
export const BEARER_SUFFICES_EXTENSION = 'x-bearer-suffices';
/** Routes that read, or are public, and take a proof all the same. */
export const SESSION_PROOF_EXTENSION = 'x-session-proof';

/**
 * Documents which error codes a route, or all routes of a controller, can answer with. What every route has (bad input,
 * 401 unless `@Public()`, 500, 503, and 413 and 415 where there is a body) is added without being named.
 */
export function ApiProblems(...problems: readonly (ErrorCode | AdditionalError)[]): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ...problems.map((problem) =>
      typeof problem === 'string'
        ? ApiExtension(PROBLEM_EXTENSION + problem, {})
        : ApiExtension(PROBLEM_EXTENSION + problem.code, { status: problem.status }),
    ),
  );
}
