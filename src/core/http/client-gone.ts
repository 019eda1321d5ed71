import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A handler's parameter: an `AbortSignal` that aborts when the connection closes, for requests that wait. */
export const ClientGone = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal => {
  const controller = new AbortController();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  reply.raw.once('close', () => {
    controller.abort();
  });
  return controller.signal;
});
