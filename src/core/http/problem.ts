import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type FieldErrorJson, isErrorCode, type ErrorCode, type ProblemJson } from '@sealpost/protocol';
import { DomainError, type ErrorKind, type ProblemCode } from '../errors.js';
import { InputError } from './input-error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The only place that knows which status a kind of failure has. */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unsupported: 415,
  refused: 422,
  'rate-limited': 429,
  unavailable: 503,
};

/** RFC 9457; codes of additional modules are not in the protocol's list. */
export type ProblemDocument = Omit<ProblemJson, 'code'> & { readonly code: ProblemCode };

/** A failure on its way out. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldErrorJson[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers with these codes are the same to the byte whatever the cause, so that they do not tell an unknown user from a
 * wrong signature: their `instance` names the route, not the request. The request id is in the X-Request-Id header.
 */
const UNIFORM_CODES: ReadonlySet<ProblemCode> = new Set<ErrorCode>([
  'auth.login-refused',
  'auth.recovery-refused',
  'auth.claim-refused',
]);

/** Members of a problem document that extensions cannot replace. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'errors']);

export function problemOf(error: DomainError): Problem {
  const headers: Record<string, string> = {};
  if (error.kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer realm="sealpost"';
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds));
  return {
    status: STATUS_OF_KIND[error.kind],
    code: error.code,
    detail: error.detail,
    headers,
    ...(error.extensions === undefined ? {} : { extensions: error.extensions }),
    ...errorsOf(error),
  };
}

function errorsOf(error: DomainError): Pick<Problem, 'errors'> {
  if (error instanceof InputError) return { errors: error.findings };
  return error.pointer === undefined ? {} : { errors: [{ pointer: error.pointer, detail: error.detail }] };
}

export function titleOf(code: ProblemCode, status: number): string {
  return isErrorCode(code) ? ERROR_CODES[code] : (STATUS_CODES[status] ?? 'Error');
}

/** Which request a problem belongs to. */
export interface Occurrence {
  readonly requestId: string;
  /** The path without the query. */
  readonly path: string;
}

/** The document of RFC 9457. Members that are undefined are omitted. */
export function problemDocument(problem: Problem, { requestId, path }: Occurrence): ProblemDocument {
  const extensions = Object.entries(problem.extensions ?? {}).filter(([name]) => !OWN_MEMBERS.has(name));
  return {
    type: `/problems/${problem.code}`,
    title: titleOf(problem.code, problem.status),
    status: problem.status,
    detail: problem.detail,
    instance: UNIFORM_CODES.has(problem.code) ? path : `urn:sealpost:request:${requestId}`,
    code: problem.code,
    ...(problem.errors === undefined || problem.errors.length === 0 ? {} : { errors: problem.errors }),
    ...Object.fromEntries(extensions),
  };
}
