import { DEVICE_HEADER, DPOP_HEADER, SERVICE_HEADER, serviceHeader } from '@sealpost/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { productVersion } from '../product-version.js';
import { REQUEST_ID_HEADER, tidyForwardedAddresses } from './trusted-proxies.js';
import { ignoresQuery } from './route-options.js';
import { InputError } from './input-error.js';
import { pathOf, type Problem, sendProblem } from './problem.js';
import { QUERY_FAULT, type ParsedQuery } from './query-string.js';
import { checkBody } from './request-body.js';
import type { RouteTable } from './route-table.js';

/** The headers of every answer: nothing is cached, sniffed, framed or run. Pages that need more replace the policy. */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** ANSWER_HEADERS and the name of the service: clients take an answer without it for somebody else's. */
export function answerHeadersOf(serviceId: string): Readonly<Record<string, string>> {
  return { ...ANSWER_HEADERS, [SERVICE_HEADER]: serviceHeader(serviceId, productVersion()) };
}

/** Node keeps the first of several, and a proxy in front may have acted on another one. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  DEVICE_HEADER,
  DPOP_HEADER,
  'host',
]);

function refuseRepeatedHeaders({ raw: { rawHeaders } }: FastifyRequest): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!SINGLE_HEADERS.has(name)) continue;
    if (seen.has(name)) throw new InputError([], `The header ${name} occurs twice.`);
    seen.add(name);
  }
}

/** RFC 9112, section 3.2. */
function refuseMissingHost({ raw, headers }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && headers.host === undefined) {
    throw new InputError([], 'The header Host is required.');
  }
}

function refuseQuery(request: FastifyRequest): void {
  if (ignoresQuery(request)) return;
  const fault = (request.query as ParsedQuery | null)?.[QUERY_FAULT];
  if (fault !== undefined) throw new InputError([fault]);
}

/** Answers a known path that lacks the method: OPTIONS with the methods, anything else with 405. */
function answerOtherMethod(routes: RouteTable, request: FastifyRequest, reply: FastifyReply): boolean {
  const methods = routes.methodsOf(pathOf(request.raw.url ?? '/'));
  if (methods.length === 0) return false;
  const allow = methods.includes('OPTIONS') ? methods : [...methods, 'OPTIONS'];
  if (request.method === 'OPTIONS') {
    void reply.status(204).header('allow', allow.join(', ')).send();
    return true;
  }
  const problem: Problem = {
    status: 405,
    code: 'request.method-not-allowed',
    detail: `This resource has the methods ${allow.join(', ')}.`,
    headers: { allow: allow.join(', ') },
  };
  sendProblem(problem, request, reply);
  return true;
}

/** What is done with every request before Nest sees it. */
export function addRequestHooks(
  instance: FastifyInstance,
  routes: RouteTable,
  headers: Readonly<Record<string, string>>,
): void {
  instance.addHook('onRequest', (request, reply, done) => {
    tidyForwardedAddresses(request.raw);
    void reply.headers(headers).header(REQUEST_ID_HEADER, request.id);
    if (request.is404 && answerOtherMethod(routes, request, reply)) return;
    try {
      refuseMissingHost(request);
      refuseRepeatedHeaders(request);
      refuseQuery(request);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (request.is404) done();
    else checkBody(request, done);
  });
}
