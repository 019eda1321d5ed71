import { isErrorCode } from '@sealpost/protocol';
import type { ProblemCode } from '../../errors.js';
import { PROBLEM_MEDIA_TYPE, titleOf } from '../problem.js';
import { nameOfCode, schemaNameOf } from './problem-schema.js';

/** Codes of all private routes, also of those that take no proof: a service can ask for one everywhere. */
export const SESSION_PROOF_CODES = ['auth.dpop-required', 'auth.dpop-nonce', 'auth.dpop-refused'] as const;

type Response = Record<string, unknown>;

const STATUS_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request does not have the expected form.',
  401: 'The caller is not authenticated.',
  403: 'The caller may not do this, or what it proves with the request does not hold.',
  404: 'There is no such resource.',
  409: 'The request does not fit the current state; the answer says what is current.',
  422: 'The request has the expected form, but what it says was refused.',
};

const RETRY_AFTER = {
  description: 'Seconds after which a repeat makes sense.',
  schema: { type: 'integer', minimum: 0 },
  example: 12,
};
const WWW_AUTHENTICATE = {
  description: 'How to authenticate (RFC 6750, RFC 9449).',
  schema: { type: 'string' },
  example: 'Bearer realm="sealpost"',
};
const DPOP_NONCE = {
  description: 'For the next proof of a session key; where one was missing or refused.',
  schema: { type: 'string' },
  example: 'AAABojG4E7TdpH2QERaNSM-b3LgooR_6',
};

/** The headers of error answers, by the names of their descriptions. */
export const ERROR_HEADERS = { RetryAfter: RETRY_AFTER, WWWAuthenticate: WWW_AUTHENTICATE, DPoPNonce: DPOP_NONCE };

/** What many routes have in common, by the names in which it comes. */
const GROUPS: readonly (readonly [name: string, codes: readonly ProblemCode[]])[] = [
  ['BadBody', ['request.invalid', 'request.malformed-json']],
  ['BadRequest', ['request.invalid']],
  ['Unauthorized', ['auth.unauthenticated', 'auth.token-expired', ...SESSION_PROOF_CODES, 'auth.session-ended']],
  ['SessionProof', SESSION_PROOF_CODES],
];

function nameOf(codes: readonly ProblemCode[]): string {
  const names: string[] = [];
  let rest = codes;
  for (const [name, group] of GROUPS) {
    if (!group.every((code) => rest.includes(code))) continue;
    names.push(name);
    rest = rest.filter((code) => !group.includes(code));
  }
  return [...names, ...rest.map(nameOfCode)].join('Or');
}

/** The answers to errors, each once in the document: two routes that fail with the same codes refer to the same answer. */
export class ErrorResponses {
  readonly components: Record<string, Response> = {};

  constructor(private readonly commonHeaders: Readonly<Record<string, object>>) {}

  referenceTo(status: number, codes: readonly ProblemCode[]): Response {
    const name = nameOf(codes) + (codes.every(isErrorCode) ? '' : String(status));
    this.components[name] ??= this.describe(status, codes);
    return { $ref: `#/components/responses/${name}` };
  }

  private describe(status: number, codes: readonly ProblemCode[]): Response {
    const headers = {
      ...this.commonHeaders,
      ...(status === 401
        ? { 'WWW-Authenticate': headerNamed('WWWAuthenticate'), 'DPoP-Nonce': headerNamed('DPoPNonce') }
        : {}),
      ...(status === 429 || status === 503 ? { 'Retry-After': headerNamed('RetryAfter') } : {}),
    };
    const list = codes.map((code) => `- \`${code}\`: ${titleOf(code, status)}`).join('\n');
    const description = `${STATUS_DESCRIPTIONS[status] ?? 'The request failed.'}\n\n${list}`;
    return { description, headers, content: { [PROBLEM_MEDIA_TYPE]: { schema: schemaOf(codes) } } };
  }
}

function headerNamed(name: keyof typeof ERROR_HEADERS): object {
  return { $ref: `#/components/headers/${name}` };
}

/** Only what these codes can look like: generated types then narrow by `code`. */
function schemaOf(codes: readonly ProblemCode[]): object {
  const schemas = [...new Set(codes.map(schemaNameOf))].map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return schemas.length > 1 ? { oneOf: schemas } : { ...schemas[0] };
}
