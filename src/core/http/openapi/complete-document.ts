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
import { commonCodes, ERROR_HEADERS, ErrorResponses } from './error-responses.js';
import { problemSchemas } from './problem-schema.js';
import { showBodies } from './example-bodies.js';
import { closeRequestSchemas, nameSchemas, share, type Use } from './shared-schemas.js';
import { SHARED } from '../fields/index.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

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
  schema: { type: 'string' as const, maxLength: 2048, pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' },
};

/** The order of a document says nothing of how the modules are wired. */
function sortedByPath(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Adds to a document what no route has to say for itself: error answers, security, request ids, tags. */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  const errors = new ErrorResponses();
  const codes = new Set<ProblemCode>();
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path) as [string, Operation][]) {
      completeOperation(method, operation, errors).forEach((code) => codes.add(code));
    }
  }
  const responses = share('responses', errors.uses);
  document.paths = sortedByPath(document.paths);
  nameSchemas(document, problemSchemas([...codes].filter((code) => !isErrorCode(code))));
  closeRequestSchemas(document);
  showBodies(document);
  document.tags = tagsOf(document);
  document.components = {
    ...document.components,
    responses,
    parameters: share('parameters', [...parametersOf(document)]),
    headers: ERROR_HEADERS,
  };
  return document;
}

function* parametersOf({ paths }: OpenAPIObject): Generator<Use> {
  for (const { parameters = [] } of Object.values(paths).flatMap((path) => Object.values(path) as Operation[])) {
    for (const [index, parameter] of parameters.entries()) {
      const name =
        'name' in parameter ? parameter.name.replace(/^[a-z]|-/g, (sign) => sign.replace('-', '').toUpperCase()) : '';
      yield { name, value: parameter, refer: (reference) => void (parameters[index] = reference) };
    }
  }
}

function tagsOf({ tags = [], paths }: OpenAPIObject): NonNullable<OpenAPIObject['tags']> {
  const declared = new Set(tags.map((tag) => tag.name));
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
  const used = new Set(operations.flatMap((operation) => operation.tags ?? []).filter((name) => !declared.has(name)));
  return [...tags, ...[...used].map((name) => ({ name, description: 'Routes of an additional module.' }))];
}

/** @returns the codes that it can fail with */
function completeOperation(method: string, operation: Operation, errors: ErrorResponses): ProblemCode[] {
  moveSchemaMembers(operation);
  dropExamplesOfFilters(operation);
  const access = operation[PUBLIC_EXTENSION];
  const isPublic = access === true || access === OPTIONAL_CALLER;
  const takesProof = takesSessionProof(method, operation, isPublic);
  const common = commonCodes({ isPublic, takesProof, hasBody: operation.requestBody !== undefined });
  const own = ownProblemsOf(operation);
  for (const name of Object.keys(operation)) {
    if (OWN_EXTENSIONS.has(name) || name.startsWith(PROBLEM_EXTENSION)) Reflect.deleteProperty(operation, name);
  }
  if (isPublic) operation.security = access === OPTIONAL_CALLER ? [{}, { bearer: [] }] : [];
  else if (takesProof) operation.security = [{ bearer: [] }, { dpop: [] }];
  else delete operation.security;
  if (takesProof) operation.parameters = [...(operation.parameters ?? []), DPOP_PARAMETER];
  if (operation.parameters?.length === 0) delete operation.parameters;
  errors.describe(operation.responses, common, own);
  return [...common, ...own.keys()];
}

/** @nestjs/swagger moves what it knows of a parameter into its schema, and these it does not know. */
function moveSchemaMembers({ parameters = [] }: Operation): void {
  for (const parameter of parameters as unknown as Record<string, unknown>[]) {
    for (const name of ['contentEncoding', SHARED].filter((one) => one in parameter)) {
      parameter['schema'] = { ...(parameter['schema'] as object), [name]: parameter[name] };
      Reflect.deleteProperty(parameter, name);
    }
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
    // Nor base64url, of which Swagger UI makes nothing up.
    for (const name of ['example', 'contentEncoding', SHARED]) Reflect.deleteProperty(parameter.schema ?? {}, name);
  }
}

/** The rule of the global guard, and what public routes say of themselves. */
function takesSessionProof(method: string, operation: Operation, isPublic: boolean): boolean {
  if (isPublic || method === 'get') return operation[SESSION_PROOF_EXTENSION] === true;
  return operation[BEARER_SUFFICES_EXTENSION] !== true;
}

/** What the route says of itself, with the statuses. */
function ownProblemsOf(operation: Operation): Map<ProblemCode, number> {
  const named = Object.entries(operation).filter(([name]) => name.startsWith(PROBLEM_EXTENSION));
  return new Map(
    named.map(([name, value]) => {
      const code = name.slice(PROBLEM_EXTENSION.length) as ProblemCode;
      return [code, (value as { status?: number }).status ?? ERRORS[code as ErrorCode].status];
    }),
  );
}
