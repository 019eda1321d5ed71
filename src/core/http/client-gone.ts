import type { ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Aborts when the connection of an answer closes, also where it has closed already. */
export function goneSignal(response: ServerResponse): AbortSignal {
  // The client may have left while the request was authenticated: then nobody tells any more.
  if (response.destroyed) return AbortSignal.abort();
  const controller = new AbortController();
  response.once('close', () => {
    // Nobody waits for the signal of an answer that is out, and making the reason of one is not cheap.
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** A handler's parameter: an `AbortSignal` that aborts when the connection closes, for requests that wait. */
export const ClientGone = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  return goneSignal(context.switchToHttp().getResponse<FastifyReply>().raw);
});
