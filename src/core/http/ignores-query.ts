import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** In the configuration of a route, as the adapter hands it to Fastify. */
interface QueryConfig {
  readonly ignoresQuery?: boolean;
}

/**
 * For routes that supervisors and load balancers call, some of which add a query of their own. All others refuse a query
 * that they do not know, so that nobody believes in an option that has no effect.
 */
export const IgnoresQuery = (): MethodDecorator => RouteConfig({ ignoresQuery: true } satisfies QueryConfig);

export function ignoresQuery(request: FastifyRequest): boolean {
  return (request.routeOptions.config as QueryConfig).ignoresQuery === true;
}
