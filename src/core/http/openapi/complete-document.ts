import type { OpenAPIObject } from '@nestjs/swagger';
import { type ErrorCode, ERRORS, isErrorCode } from '@sealpost/protocol';
import type { ProblemCode } from '../../errors.js';
import {
  BEARER_SUFFICES_EXTENSION,
  OPTIONAL_CALLER,
  PROBLEM_EXTENSION,
  PUBLIC_EXTENSION,
  SESSION_PROOF_EXTENSION,
} from './api-problems.js';
import { DPOP_EXAMPLE } from './dpop.example.js';
import { closeRequestSchemas } from './closed-schemas.js';
import { ERROR_HEADERS, ErrorResponses, SESSION_PROOF_CODES } from './error-responses.js';
import { problemSchemas, REQUEST_ID_SCHEMA, SERVICE_SCHEMA } from './problem-schema.js';
import { nameSchemas } from './schema-names.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

const EVERY_ROUTE: readonly ErrorCode[] = ['request.invalid', 'server.internal', 'server.unavailable'];
const EVERY_BODY: readonly ErrorCode[] = [
  'request.malformed-json',
  'request.timeout',
  'request.too-large',
  'request.unsupported-media-type',
];
const EVERY_PRIVATE_ROUTE: readonly ErrorCode[] = ['auth.unauthenticated', 'auth.token-expired', 'auth.session-ended'];

const OWN_EXTENSIONS: ReadonlySet<string> = new Set([
  PUBLIC_EXTENSION,
  BEARER_SUFFICES_EXTENSION,
  SESSION_PROOF_EXTENSION,
]);

const DPOP_PARAMETER = {
  name: 'DPoP',
  in: 'header' as const,
  required: false,
  description:
    'Proof of the session key (RFC 9449): typ `dpop+jwt`, alg `EdDSA`, an Ed25519 key as `jwk`, and `htm`, `htu`, `iat`, ' +
    '`jti`, `nonce` (of the newest DPoP-Nonce), with an access token also `ath`. For sessions that are bound to a key.',
  schema: { type: 'string' as const, maxLength: 2048, pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$', example: DPOP_EXAMPLE },
};

/** The order of a document says nothing of how the modules are wired. */
function sortedByPath(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The headers of every answer. */
const COMMON_HEADERS = {
  'Sealpost-Service': { $ref: '#/components/headers/Service' },
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
};

/** Adds to a document what no route has to say for itself: error answers, security, request ids, tags. */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  const errors = new ErrorResponses(COMMON_HEADERS);
  const codes = new Set<ProblemCode>();
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path) as [string, Operation][]) {
      completeOperation(method, operation, errors).forEach((code) => codes.add(code));
    }
  }
  document.paths = sortedByPath(document.paths);
  closeRequestSchemas(document);
  const problems = problemSchemas([...codes].filter((code) => !isErrorCode(code)));
  nameSchemas(document, Object.keys(problems));
  document.tags = tagsOf(document);
  const components = document.components ?? {};
  document.components = {
    ...components,
    schemas: { ...components.schemas, ...(problems as typeof components.schemas) },
    responses: errors.components as unknown as NonNullable<typeof components.responses>,
    parameters: { DPoP: DPOP_PARAMETER },
    headers: {
      ...components.headers,
      RequestId: REQUEST_ID_SCHEMA,
      Service: SERVICE_SCHEMA,
      ...ERROR_HEADERS,
    },
  };
  return document;
}

function tagsOf({ tags = [], paths }: OpenAPIObject): NonNullable<OpenAPIObject['tags']> {
  const declared = new Set(tags.map((tag) => tag.name));
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
  const used = new Set(operations.flatMap((operation) => operation.tags ?? []).filter((name) => !declared.has(name)));
  return [...tags, ...[...used].map((name) => ({ name, description: 'Routes of an additional module.' }))];
}

/** @returns the codes that it can fail with */
function completeOperation(method: string, operation: Operation, errors: ErrorResponses): ProblemCode[] {
  dropExamplesOfFilters(operation);
  moveEncodings(operation);
  const access = operation[PUBLIC_EXTENSION];
  const isPublic = access === true || access === OPTIONAL_CALLER;
  const takesProof = takesSessionProof(method, operation, isPublic);
  const problems = problemsOf(operation, isPublic, takesProof);
  for (const name of Object.keys(operation)) {
    if (OWN_EXTENSIONS.has(name) || name.startsWith(PROBLEM_EXTENSION)) Reflect.deleteProperty(operation, name);
  }
  if (isPublic) operation.security = access === OPTIONAL_CALLER ? [{}, { bearer: [] }] : [];
  else if (takesProof) operation.security = [{ bearer: [] }, { dpop: [] }];
  if (takesProof) operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/DPoP' }];
  const responses = operation.responses as unknown as Record<string, Record<string, unknown> | undefined>;
  for (const response of Object.values(responses).filter((one) => one !== undefined)) {
    response['headers'] = { ...COMMON_HEADERS, ...(response['headers'] as object | undefined) };
  }
  for (const [status, codes] of problems) responses[status] ??= errors.referenceTo(status, codes);
  return [...problems.values()].flat();
}

/** @nestjs/swagger moves what it knows of a parameter into its schema, and this word it does not know. */
function moveEncodings({ parameters = [] }: Operation): void {
  for (const parameter of parameters as { contentEncoding?: string; schema?: object }[]) {
    const { contentEncoding } = parameter;
    if (contentEncoding === undefined) continue;
    delete parameter.contentEncoding;
    parameter.schema = { ...parameter.schema, contentEncoding };
  }
}

/**
 * Whoever tries a route out in the browser sends what the fields are filled with. With an example in an optional filter
 * that is a question about somebody else's conversation, and the answer an empty mailbox.
 */
function dropExamplesOfFilters({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if ('$ref' in parameter || parameter.in !== 'query' || parameter.required === true) continue;
    delete parameter.example;
    if (parameter.schema !== undefined && !('$ref' in parameter.schema)) delete parameter.schema.example;
  }
}

/** The rule of the global guard, and what public routes say of themselves. */
function takesSessionProof(method: string, operation: Operation, isPublic: boolean): boolean {
  if (isPublic || method === 'get') return operation[SESSION_PROOF_EXTENSION] === true;
  return operation[BEARER_SUFFICES_EXTENSION] !== true;
}

/** Codes by status, ascending. */
function problemsOf(operation: Operation, isPublic: boolean, takesProof: boolean): Map<number, ProblemCode[]> {
  const statuses = new Map<ProblemCode, number>();
  const add = (codes: readonly ErrorCode[]): void => {
    for (const code of codes) statuses.set(code, ERRORS[code].status);
  };
  add(EVERY_ROUTE);
  if (operation.requestBody !== undefined) add(EVERY_BODY);
  if (!isPublic) add(EVERY_PRIVATE_ROUTE);
  if (!isPublic || takesProof) add(SESSION_PROOF_CODES);
  for (const [name, value] of Object.entries(operation)) {
    if (!name.startsWith(PROBLEM_EXTENSION)) continue;
    const code = name.slice(PROBLEM_EXTENSION.length) as ProblemCode;
    statuses.set(code, (value as { status?: number }).status ?? ERRORS[code as ErrorCode].status);
  }
  const byStatus = new Map<number, ProblemCode[]>();
  for (const [code, status] of [...statuses].sort(([, a], [, b]) => a - b)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
