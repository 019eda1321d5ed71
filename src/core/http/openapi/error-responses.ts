import { type ErrorCode, ERRORS, isErrorCode } from '@sealpost/protocol';
import type { ProblemCode } from '../../errors.js';
import { PROBLEM_MEDIA_TYPE } from '../problem.js';
import type { Use } from './shared-schemas.js';
import { nameOfCode, schemaNameOf } from './problem-schema.js';

const BAD_REQUEST = 400;

const SERVER_ERRORS: readonly ErrorCode[] = ['server.internal', 'server.unavailable'];
const EVERY_ROUTE: readonly ErrorCode[] = ['request.invalid', ...SERVER_ERRORS];
const EVERY_BODY: readonly ErrorCode[] = [
  'request.malformed-json',
  'request.timeout',
  'request.too-large',
  'request.unsupported-media-type',
];
const EVERY_TOKEN: readonly ErrorCode[] = ['auth.unauthenticated', 'auth.token-expired', 'auth.session-ended'];
const EVERY_PROOF: readonly ErrorCode[] = ['auth.dpop-required', 'auth.dpop-nonce', 'auth.dpop-refused'];

/** The codes that a route has without naming them. Every private one can ask for a proof: a service may want that. */
export function commonCodes(route: { isPublic: boolean; takesProof: boolean; hasBody: boolean }): readonly ErrorCode[] {
  return [
    ...EVERY_ROUTE,
    ...(route.hasBody ? EVERY_BODY : []),
    ...(route.isPublic ? [] : EVERY_TOKEN),
    ...(route.isPublic && !route.takesProof ? [] : EVERY_PROOF),
  ];
}

type Response = Record<string, unknown>;

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
  ['AnyWithBody', ['request.timeout', 'request.too-large', 'request.unsupported-media-type', ...SERVER_ERRORS]],
  ['Any', SERVER_ERRORS],
  ['Unauthorized', [...EVERY_TOKEN, ...EVERY_PROOF]],
  ['SessionProof', EVERY_PROOF],
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

/** The answers to errors. */
export class ErrorResponses {
  readonly uses: Use[] = [];

  /**
   * Describes the errors of a route, as far as it does not do so itself: bad input and those of its own by their status,
   * and what all routes of its kind have in common as `default`, which stands for every status that is not named.
   */
  describe(responses: object, common: readonly ErrorCode[], own: ReadonlyMap<ProblemCode, number>): void {
    const statuses = new Map<ProblemCode, number>(common.map((code) => [code, ERRORS[code].status]));
    for (const [code, status] of own) statuses.set(code, status);
    const byStatus = new Map<number, ProblemCode[]>();
    for (const [code, status] of [...statuses].sort(([, a], [, b]) => a - b)) {
      byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    }
    for (const [status, codes] of byStatus) {
      if (status === BAD_REQUEST || codes.some((code) => own.has(code))) {
        this.add(responses, String(status), codes, statuses);
      }
    }
    const others = common.filter((code) => ERRORS[code].status !== BAD_REQUEST);
    this.add(responses, 'default', others, statuses);
  }

  private add(
    responses: object,
    key: string,
    codes: readonly ProblemCode[],
    statuses: ReadonlyMap<ProblemCode, number>,
  ): void {
    if (key in responses) return;
    const name = nameOf(codes) + (codes.every(isErrorCode) ? '' : key);
    const problems = codes.map((code) => ({ code, status: statuses.get(code) ?? 500 }));
    const value = responseOf(problems, key === 'default');
    const refer = (reference: object): object => Object.assign(responses, { [key]: reference });
    refer(value);
    this.uses.push({ name, value, refer });
  }
}

interface PossibleProblem {
  readonly code: ProblemCode;
  readonly status: number;
}

function responseOf(problems: readonly PossibleProblem[], namesStatus: boolean): Response {
  const has = (...statuses: number[]): boolean => problems.some(({ status }) => statuses.includes(status));
  const headers = {
    ...(has(401) ? { 'WWW-Authenticate': headerNamed('WWWAuthenticate'), 'DPoP-Nonce': headerNamed('DPoPNonce') } : {}),
    ...(has(429, 503) ? { 'Retry-After': headerNamed('RetryAfter') } : {}),
  };
  const codes = problems.map(({ code, status }) => `\`${code}\`${namesStatus ? ` (${status})` : ''}`);
  return {
    description: `${codes.join(', ')}.`,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: schemaOf(problems.map(({ code }) => code)) } },
  };
}

function headerNamed(name: keyof typeof ERROR_HEADERS): object {
  return { $ref: `#/components/headers/${name}` };
}

/** Only what these codes can look like: generated types then narrow by `code`. */
function schemaOf(codes: readonly ProblemCode[]): object {
  const schemas = [...new Set(codes.map(schemaNameOf))].map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return schemas.length > 1 ? { oneOf: schemas } : { ...schemas[0] };
}
