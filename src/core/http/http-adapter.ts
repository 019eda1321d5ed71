import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/index.js';
import { raiseBodyLimits } from './route-options.js';
import { ConnectionErrors } from './connection-errors.js';
import { orderConnections } from './connection-order.js';
import { parseJsonBody } from './json/json-body.js';
import { problemOfException } from './problem-of-exception.js';
import { parseQueryString } from './query-string.js';
import { addRequestHooks, answerHeadersOf } from './request-hooks.js';
import { REQUEST_ID_HEADER, requestIds, trustedProxyTest } from './trusted-proxies.js';
import { RouteTable } from './route-table.js';
import { sendProblem } from './problem.js';
import { EventLoopQueue } from './event-loop-queue.js';

export type HttpSettings = Pick<
  Settings,
  'serviceId' | 'trustedProxies' | 'bodyLimitBytes' | 'requestTimeoutMs' | 'longPollMaxSeconds' | 'corsOrigins'
>;

/** How often Node looks for connections that have exceeded their time. */
const TIMEOUT_CHECK_MS = 2000;
const KEEP_ALIVE_MS = 65_000;
/** The last answer says `Connection: close`, and clients open another one without losing a request. */
const REQUESTS_PER_CONNECTION = 1000;
const LONGEST_HEADERS_BYTES = 16 * 1024;
const LONGEST_PARAMETER = 256;
/** Larger ones are handled one at a time: many of them at once must not keep everybody else waiting. */
const LARGEST_SMALL_BODY = 16 * 1024;

/** Fastify behind Nest, without the body parsers that Nest would add to ours. */
export class StrictFastifyAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {
    // The strict JSON parser is registered already.
  }
}

/** Answers what the router refuses before there is a route, e.g. a malformed URL. */
function answerRouterError(
  headers: Readonly<Record<string, string>>,
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = problemOfException(error, []) ?? {
    status: 400,
    code: 'request.invalid',
    detail: 'The request was refused.',
  };
  void reply.headers(headers).header(REQUEST_ID_HEADER, request.id);
  sendProblem(problem, request, reply);
}

function serverOptions(
  settings: HttpSettings,
  headers: Readonly<Record<string, string>>,
  connectionErrors: ConnectionErrors,
) {
  const isTrustedProxy = trustedProxyTest(settings.trustedProxies);
  const { requestTimeoutMs } = settings;
  return {
    bodyLimit: settings.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // A connection is silent for as long as a long poll waits.
    connectionTimeout: settings.longPollMaxSeconds * 1000 + Math.max(requestTimeoutMs, KEEP_ALIVE_MS),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxRequestsPerSocket: REQUESTS_PER_CONNECTION,
    http: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.max(1, Math.floor(requestTimeoutMs * 0.75)),
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeoutMs),
      maxHeaderSize: LONGEST_HEADERS_BYTES,
      // Node would answer without a problem document; the request hooks look at it instead.
      requireHostHeader: false,
    },
    return503OnClosing: false,
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    trustProxy: settings.trustedProxies.length === 0 ? false : isTrustedProxy,
    genReqId: requestIds(isTrustedProxy),
    routerOptions: { maxParamLength: LONGEST_PARAMETER, querystringParser: parseQueryString },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      answerRouterError(headers, error, request, reply);
    },
    clientErrorHandler: connectionErrors.onClientError,
    logger: false,
  };
}

function addJsonParser(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  const queue = new EventLoopQueue();
  instance.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const parse = (): void => {
      let value: unknown;
      try {
        value = parseJsonBody(body as Buffer);
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, value);
    };
    if (body.length <= LARGEST_SMALL_BODY) parse();
    else queue.add(parse);
  });
}

/** The HTTP server: its limits and time-outs, the strict JSON parser, request ids and the headers of every answer. */
export function createHttpAdapter(settings: HttpSettings): FastifyAdapter {
  const headers = answerHeadersOf(settings.serviceId);
  const connectionErrors = new ConnectionErrors(headers);
  const adapter = new StrictFastifyAdapter(serverOptions(settings, headers, connectionErrors));
  const instance = adapter.getInstance<FastifyInstance>();
  instance.server.on('checkExpectation', connectionErrors.onExpectation);
  orderConnections(instance);
  addRequestHooks(instance, new RouteTable(instance), headers);
  addJsonParser(instance);
  raiseBodyLimits(instance, settings.bodyLimitBytes);
  return adapter;
}

export type { NestFastifyApplication };
