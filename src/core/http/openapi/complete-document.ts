import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '@sealpost/protocol';
import type { ProblemCode } from '../../errors.js';
import { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from '../problem.js';
import { OPTIONAL_CALLER, PROBLEM_EXTENSION, PUBLIC_EXTENSION } from './api-problems.js';
import { closeRequestSchemas } from './closed-schemas.js';
import { FIELD_ERROR_SCHEMA, PROBLEM_SCHEMA, REQUEST_ID_SCHEMA } from './problem-schema.js';
import { STATUS_OF_CODE } from './problem-statuses.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

const EVERY_ROUTE: readonly ErrorCode[] = ['request.invalid', 'server.internal', 'server.unavailable'];
const EVERY_BODY: readonly ErrorCode[] = [
  'request.malformed-json',
  'request.timeout',
  'request.too-large',
  'request.unsupported-media-type',
];
const EVERY_PRIVATE_ROUTE: readonly ErrorCode[] = ['auth.unauthenticated', 'auth.token-expired', 'auth.session-ended'];

const STATUS_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request does not have the expected form.',
  401: 'The caller is not authenticated, or a proof does not hold.',
  403: 'The caller may not do this.',
  404: 'There is no such resource.',
  408: 'The request took too long to arrive.',
  409: 'The request does not fit the current state; the answer says what is current.',
  413: 'The body is too large.',
  415: 'The body has a media type that is not accepted.',
  422: 'The request has the expected form, but what it says was refused.',
  429: 'Too many requests.',
  500: 'The server failed.',
  503: 'The server cannot answer at the moment.',
};

const RETRY_AFTER = {
  description: 'Seconds after which a repeat makes sense.',
  schema: { type: 'integer', minimum: 0 },
  example: 12,
};
const WWW_AUTHENTICATE = {
  description: 'How to authenticate (RFC 6750).',
  schema: { type: 'string' },
  example: 'Bearer realm="sealpost"',
};

/** The problem document that the page of a code shows, or null where there is none. */
export type ExampleFinder = (code: ProblemCode) => Record<string, unknown> | null;

/** The order of a document says nothing of how the modules are wired. */
function sortedByPath(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Adds to a document what no route has to say for itself: error answers, security, request ids, tags. */
export function completeDocument(document: OpenAPIObject, findExample: ExampleFinder): OpenAPIObject {
  const used = new Set<string>();
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path) as Operation[]) {
      completeOperation(operation, findExample);
      for (const tag of operation.tags ?? []) used.add(tag);
    }
  }
  document.paths = sortedByPath(document.paths);
  closeRequestSchemas(document);
  const tags = document.tags ?? [];
  const declared = new Set(tags.map((tag) => tag.name));
  document.tags = tags.concat(
    [...used]
      .filter((name) => !declared.has(name))
      .map((name) => ({ name, description: 'Routes of an additional module.' })),
  );
  document.components ??= {};
  document.components.schemas = {
    ...document.components.schemas,
    Problem: PROBLEM_SCHEMA,
    FieldError: FIELD_ERROR_SCHEMA,
  } as unknown as NonNullable<typeof document.components.schemas>;
  document.components.headers = { ...document.components.headers, RequestId: REQUEST_ID_SCHEMA };
  return document;
}

function completeOperation(operation: Operation, findExample: ExampleFinder): void {
  const access = operation[PUBLIC_EXTENSION];
  const isPublic = access === true || access === OPTIONAL_CALLER;
  const problems = problemsOf(operation, isPublic);
  for (const name of Object.keys(operation)) {
    if (name === PUBLIC_EXTENSION || name.startsWith(PROBLEM_EXTENSION)) Reflect.deleteProperty(operation, name);
  }
  if (isPublic) operation.security = access === OPTIONAL_CALLER ? [{}, { bearer: [] }] : [];
  const responses = operation.responses as unknown as Record<string, Record<string, unknown> | undefined>;
  for (const [status, codes] of problems) responses[status] ??= errorResponse(status, codes, findExample);
  for (const response of Object.values(responses).filter((one) => one !== undefined)) {
    response['headers'] = {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      ...(response['headers'] as object | undefined),
    };
  }
}

/** Codes by status, ascending. */
function problemsOf(operation: Operation, isPublic: boolean): Map<number, ProblemCode[]> {
  const statuses = new Map<ProblemCode, number>();
  const add = (codes: readonly ErrorCode[]): void => {
    for (const code of codes) statuses.set(code, STATUS_OF_CODE[code]);
  };
  add(EVERY_ROUTE);
  if (operation.requestBody !== undefined) add(EVERY_BODY);
  if (!isPublic) add(EVERY_PRIVATE_ROUTE);
  for (const [name, value] of Object.entries(operation)) {
    if (!name.startsWith(PROBLEM_EXTENSION)) continue;
    const code = name.slice(PROBLEM_EXTENSION.length) as ProblemCode;
    statuses.set(code, (value as { status?: number }).status ?? STATUS_OF_CODE[code as ErrorCode]);
  }
  const byStatus = new Map<number, ProblemCode[]>();
  for (const [code, status] of [...statuses].sort(([, a], [, b]) => a - b)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

function errorResponse(
  status: number,
  codes: readonly ProblemCode[],
  findExample: ExampleFinder,
): Record<string, unknown> {
  const headers = {
    ...(status === 401 ? { 'WWW-Authenticate': WWW_AUTHENTICATE } : {}),
    ...(status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER } : {}),
  };
  return {
    description: STATUS_DESCRIPTIONS[status] ?? 'The request failed.',
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, exampleOf(code, findExample(code) ?? plainProblem(code, status))]),
        ),
      },
    },
  };
}

function exampleOf(code: ProblemCode, value: Record<string, unknown>): Record<string, unknown> {
  return { summary: typeof value['title'] === 'string' ? value['title'] : code, value };
}

/** For codes of additional modules that bring no page. */
function plainProblem(code: ProblemCode, status: number): Record<string, unknown> {
  const problem: Problem = { status, code, detail: 'What happened this time.' };
  return problemDocument(problem, { requestId: REQUEST_ID_SCHEMA.example, path: '/' });
}
