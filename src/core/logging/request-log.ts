import type { FastifyReply, FastifyRequest } from 'fastify';
import { detachedConnectionOf, type DetachedEnd } from '../http/index.js';
import type { Logger } from './logger.js';

/** The part of a Fastify instance that this file needs; Nest's adapter hands out a wider type. */
export interface Hookable {
  addHook(
    name: 'onRequest' | 'onResponse',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
}

/** What is known of a request at its end. */
export interface FinishedRequest {
  readonly method: string;
  /** The pattern of the route, `none` where there is no such route. */
  readonly route: string;
  /** Undefined where the client left before there was one. */
  readonly status: number | undefined;
  readonly milliseconds: number;
}

interface RequestEnd {
  readonly aborted?: true;
  /** Why an answer that lasted was ended. */
  readonly end?: string;
}

const QUIET_ROUTES = new Set(['/health/live', '/health/ready']);
const SERVER_FAILURE = 500;
const DETACHED_STATUS = 200;

/**
 * One line for each request, without a status where the client left before there was one. It names the pattern of the
 * route, never the URL, since queries hold loginIds; and no header, body or address. `onFinished` is told the same.
 */
export function logRequests(server: Hookable, log: Logger, onFinished: (request: FinishedRequest) => void): void {
  const finish = (request: FastifyRequest, reply: FastifyReply, end: RequestEnd): void => {
    const finished = finishedRequest(request, reply);
    onFinished(finished);
    write(log, finished, { requestId: request.id, bytes: sizeOf(reply), end });
  };
  /** Keeps of a request what its line needs, and nothing else, for as long as its answer lasts. */
  const finishLater = (request: FastifyRequest, reply: FastifyReply): ((end: DetachedEnd) => void) => {
    const { id: requestId } = request;
    const { method, route } = finishedRequest(request, reply);
    const began = performance.now() - reply.elapsedTime;
    return ({ bytes, reason }) => {
      const finished = { method, route, status: DETACHED_STATUS, milliseconds: performance.now() - began };
      onFinished(finished);
      write(log, finished, { requestId, bytes, end: reason === null ? { aborted: true } : { end: reason } });
    };
  };
  server.addHook('onRequest', (request, reply, done) => {
    // Fastify's onResponse does not run where the client has left before the end of the answer.
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) return;
      const detached = detachedConnectionOf(reply.raw);
      if (detached === undefined) finish(request, reply, { aborted: true });
      else detached.onEnd(finishLater(request, reply));
    });
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    if (reply.raw.writableFinished) finish(request, reply, {});
    done();
  });
}

function finishedRequest(request: FastifyRequest, { raw, statusCode, elapsedTime }: FastifyReply): FinishedRequest {
  return {
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: raw.headersSent ? statusCode : undefined,
    milliseconds: elapsedTime,
  };
}

interface Particulars {
  readonly requestId: string;
  readonly bytes: number | undefined;
  readonly end: RequestEnd;
}

function write(log: Logger, request: FinishedRequest, { requestId, bytes, end }: Particulars): void {
  const level = levelOf(request);
  if (!log.isLevelEnabled(level)) return;
  const { method, route, status, milliseconds } = request;
  const ms = Math.round(milliseconds * 10) / 10;
  log[level]({ requestId, method, route, status, ms, bytes, ...end }, 'request');
}

/** The error behind a 5xx has a line of its own, with the same request id. */
function levelOf({ route, status = 0 }: FinishedRequest): 'debug' | 'info' | 'warn' {
  if (QUIET_ROUTES.has(route)) return 'debug';
  return status >= SERVER_FAILURE ? 'warn' : 'info';
}

function sizeOf(reply: FastifyReply): number | undefined {
  const length = Number(reply.getHeader('content-length'));
  return Number.isSafeInteger(length) ? length : undefined;
}
