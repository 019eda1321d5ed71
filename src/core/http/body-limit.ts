import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const NAME = 'largestBodyBytes';

/** Lets a route take a larger body than the server's limit, where the protocol says so. */
export function LargeBody(bytes: number): MethodDecorator {
  return RouteConfig({ [NAME]: bytes });
}

/** Raises the limit of routes with `@LargeBody()`. Call it before there are routes. */
export function raiseBodyLimits(instance: FastifyInstance, serverLimit: number): void {
  instance.addHook('onRoute', (route) => {
    const limit = (route.config as Readonly<Record<string, unknown>> | undefined)?.[NAME];
    if (typeof limit === 'number') route.bodyLimit = Math.max(limit, serverLimit);
  });
}
