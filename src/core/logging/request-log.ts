import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from './logger.js';

/** The part of a Fastify instance that this file needs; Nest's adapter hands out a wider type. */
export interface Hookable {
  addHook(name: 'onResponse', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown;
}

const QUIET_ROUTES = new Set(['/health/live', '/health/ready']);
const SERVER_FAILURE = 500;

/**
 * One line for each answer. It names the pattern of the route, never the URL, since queries hold loginIds; and no header,
 * body or address.
 */
export function logRequests(server: Hookable, log: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    log[levelOf(route, reply.statusCode)](
      {
        requestId: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        bytes: sizeOf(reply),
        ...(reply.raw.writableFinished ? {} : { aborted: true }),
      },
      'request',
    );
    done();
  });
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
