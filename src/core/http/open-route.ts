import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from './openapi/api-problems.js';

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
