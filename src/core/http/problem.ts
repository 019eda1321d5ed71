import { STATUS_CODES } from 'node:http';
import { type ErrorCode, ERRORS, type FieldErrorJson, isErrorCode, type ProblemJson } from '@sealpost/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError, ProblemCode } from '../errors.js';
import { InputError } from './input-error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** RFC 9457; codes of additional modules are not in the protocol's list. */
export type ProblemDocument = Omit<ProblemJson, 'code'> & { readonly code: ProblemCode };

/** A failure on its way out. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldErrorJson[];
  readonly extensions?: object;
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

/** @param item JSON pointer of the part of the body that the error is about, e.g. `/messages/3`; empty for the whole of it */
export function problemOf(error: DomainError, item = ''): Problem {
  const { status, code, detail, options } = error;
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="sealpost"';
  if (options.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(options.retryAfterSeconds));
  const errors = findingsOf(error, item);
  return {
    status,
    code,
    detail,
    headers: { ...headers, ...options.headers },
    ...(errors === undefined ? {} : { errors }),
    ...(options.extensions === undefined ? {} : { extensions: options.extensions }),
  };
}

function findingsOf(error: DomainError, item: string): readonly FieldErrorJson[] | undefined {
  if (error instanceof InputError) {
    return error.findings.map((found) => ('pointer' in found ? { ...found, pointer: item + found.pointer } : found));
  }
  const { pointer } = error.options;
  if (pointer === undefined && item === '') return undefined;
  return [{ pointer: item + (pointer ?? ''), detail: error.detail }];
}

function titleOf(code: ProblemCode, status: number): string {
  return isErrorCode(code) ? ERRORS[code].title : (STATUS_CODES[status] ?? 'Error');
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

export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** Answers with a problem document. Fastify leaves the body out for HEAD. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const document = problemDocument(problem, { requestId: request.id, path: pathOf(request.raw.url ?? '/') });
  void reply
    .status(problem.status)
    .headers(problem.headers ?? {})
    .header('content-type', PROBLEM_MEDIA_TYPE)
    // Bytes are sent as they are; to a string Fastify would add a charset, which this media type does not have.
    .send(Buffer.from(JSON.stringify(document)));
}
