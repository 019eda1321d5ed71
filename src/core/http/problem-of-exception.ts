import { HttpException } from '@nestjs/common';
import type { ErrorCode } from '@sealpost/protocol';
import { DomainError } from '../errors.js';
import { type Problem, problemOf } from './problem.js';

/** Turns an error of a part of the core, e.g. of the database driver, into the failure it means; null if it is not its. */
export type ErrorTranslation = (error: unknown) => DomainError | null;

type Known = readonly [status: number, code: ErrorCode, detail: string];

/** Errors that Fastify answers requests with before a handler runs. */
const FASTIFY_ERRORS: Readonly<Record<string, Known>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'request.too-large', 'The body is larger than this server accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'request.unsupported-media-type', 'The body must be application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'request.invalid', 'The body does not have the length that was announced.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'request.invalid', 'A JSON body is required.'],
  FST_ERR_BAD_URL: [400, 'request.invalid', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'request.invalid', 'A part of the path is too long.'],
  FST_ERR_HANDLER_TIMEOUT: [503, 'server.unavailable', 'The answer took too long.'],
  ECONNRESET: [400, 'request.invalid', 'The connection was closed before the request was complete.'],
};

/** What a plain HttpException of Nest or of an additional module is called. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'request.invalid',
  401: 'auth.unauthenticated',
  404: 'request.not-found',
  405: 'request.method-not-allowed',
  408: 'request.timeout',
  413: 'request.too-large',
  415: 'request.unsupported-media-type',
  429: 'request.rate-limited',
  503: 'server.unavailable',
};

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function ofFastify(error: unknown): Problem | null {
  const code = codeOf(error);
  const known = code === undefined ? undefined : FASTIFY_ERRORS[code];
  if (known === undefined) return null;
  const [status, problemCode, detail] = known;
  return { status, code: problemCode, detail };
}

function ofHttpException(exception: HttpException): Problem | null {
  const known = ofFastify(exception.cause);
  if (known !== null) return known;
  const status = exception.getStatus();
  if (status < 400 || (status >= 500 && status !== 503)) return null;
  const code = CODE_OF_STATUS[status] ?? 'request.refused';
  if (status === 404) return { status, code, detail: 'There is no such resource.' };
  const headers = status === 401 ? { 'www-authenticate': 'Bearer realm="sealpost"' } : {};
  return { status, code, detail: exception.message, headers };
}

/** The problem that an exception means, or null for what nobody expected: that becomes a 500 without details. */
export function problemOfException(exception: unknown, translations: readonly ErrorTranslation[]): Problem | null {
  if (exception instanceof DomainError) return problemOf(exception);
  if (exception instanceof HttpException) return ofHttpException(exception);
  const known = ofFastify(exception);
  if (known !== null && isOfRequest(exception)) return known;
  for (const translate of translations) {
    const translated = translate(exception);
    if (translated !== null) return problemOf(translated);
  }
  return null;
}

/** ECONNRESET is the client's only when it comes from reading the request; the database's connections break too. */
function isOfRequest(exception: unknown): boolean {
  if (codeOf(exception) !== 'ECONNRESET') return true;
  return exception instanceof Error && exception.message === 'aborted';
}

export const INTERNAL_PROBLEM: Problem = {
  status: 500,
  code: 'server.internal',
  detail: 'The server failed to answer. The failure was logged under the id of this request.',
};
