import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** In the configuration of a route, as the adapter hands it to Fastify. */
interface BodyConfig {
  readonly takesBody?: boolean;
}

/**
 * For a DELETE route with a `@Body()`, e.g. a proof that the deletion is wanted. All others refuse a body, which some
 * clients and proxies leave out (RFC 9110, section 9.3.5).
 */
export const TakesBody = (): MethodDecorator => RouteConfig({ takesBody: true } satisfies BodyConfig);

export function takesBody(request: FastifyRequest): boolean {
  return (request.routeOptions.config as BodyConfig).takesBody === true;
}
