import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiProblems } from './openapi/api-problems.js';

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

const LARGEST_BODY = 'largestBodyBytes';

/** Lets a route take a larger body than the server's limit, where the protocol says so. */
export function LargeBody(bytes: number): MethodDecorator {
  return RouteConfig({ [LARGEST_BODY]: bytes });
}

/** Raises the limit of routes with `@LargeBody()`. Call it before there are routes. */
export function raiseBodyLimits(instance: FastifyInstance, serverLimit: number): void {
  instance.addHook('onRoute', (route) => {
    const limit = (route.config as Readonly<Record<string, unknown>> | undefined)?.[LARGEST_BODY];
    if (typeof limit === 'number') route.bodyLimit = Math.max(limit, serverLimit);
  });
}

/** In the configuration of a route, as the adapter hands it to Fastify. */
interface OpenConfig {
  readonly open?: boolean;
}

/** For routes that are given to Fastify itself. */
export const OPEN_ROUTE = { config: { open: true } satisfies OpenConfig } as const;

/** For routes of `@Public()` controllers that hand out a document: they share a limit per client address. */
export const OpenRoute = (): MethodDecorator =>
  applyDecorators(RouteConfig(OPEN_ROUTE.config), ApiProblems('request.rate-limited'));

export function isOpenRoute(request: FastifyRequest): boolean {
  return (request.routeOptions.config as OpenConfig).open === true;
}
