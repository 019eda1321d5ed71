import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from './logger.js';

/** The part of a Fastify instance that this file needs; Nest's adapter hands out a wider type. */
export interface Hookable {
  addHook(
    name: 'onRequest' | 'onResponse',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
}

const QUIET_ROUTES = new Set(['/health/live', '/health/ready']);
const SERVER_FAILURE = 500;

/**
 * One line for each request, without a status where the client left before there was one. It names the pattern of the
 * route, never the URL, since queries hold loginIds; and no header, body or address.
 */
export function logRequests(server: Hookable, log: Logger): void {
  server.addHook('onRequest', (request, reply, done) => {
    // Fastify's onResponse does not run where the client has left before the end of the answer.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) write(log, request, reply, { aborted: true });
    });
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    if (reply.raw.writableFinished) write(log, request, reply, {});
    done();
  });
}

function write(log: Logger, request: FastifyRequest, reply: FastifyReply, end: { readonly aborted?: true }): void {
  const route = request.routeOptions.url ?? 'none';
  const { statusCode, elapsedTime } = reply;
  log[levelOf(route, statusCode)](
    {
      requestId: request.id,
      method: request.method,
      route,
      ...(reply.raw.headersSent ? { status: statusCode } : {}),
      ms: Math.round(elapsedTime * 10) / 10,
      bytes: sizeOf(reply),
      ...end,
    },
    'request',
  );
}

/** The error behind a 5xx has a line of its own, with the same request id. */
function levelOf(route: string, status: number): 'debug' | 'info' | 'warn' {
  if (QUIET_ROUTES.has(route)) return 'debug';
  return status >= SERVER_FAILURE ? 'warn' : 'info';
}

function sizeOf(reply: FastifyReply): number | undefined {
  const length = Number(reply.getHeader('content-length'));
  return Number.isSafeInteger(length) ? length : undefined;
}
