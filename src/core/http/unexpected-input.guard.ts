import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import { ignoresQuery } from './route-options.js';
import { InputError } from './input-error.js';

interface Inputs {
  readonly body: boolean;
  readonly query: boolean;
}

/**
 * Refuses what a handler does not ask for at all: a query where it has no `@Query()`, a body where it has no `@Body()`.
 * Unknown members of those that it asks for are the validation pipe's business.
 */
@Injectable()
export class UnexpectedInputGuard implements CanActivate {
  private readonly known = new WeakMap<object, Inputs>();

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const takes = this.inputsOf(context.getClass(), context.getHandler());
    if (!takes.query) {
      const findings = Object.keys(request.query as object).map((parameter) => ({
        parameter,
        detail: 'is not a known parameter',
      }));
      if (findings.length > 0 && !ignoresQuery(request)) throw new InputError(findings);
    }
    if (!takes.body && !isEmpty(request.body)) {
      throw new InputError([{ pointer: '', detail: 'this request takes no body' }], 'This request takes no body.');
    }
    return true;
  }

  private inputsOf(controller: Type, handler: { readonly name: string }): Inputs {
    const known = this.known.get(handler);
    if (known !== undefined) return known;
    const metadata = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) as object | undefined;
    const kinds = new Set(Object.keys(metadata ?? {}).map(kindOf));
    const whole = kinds.has(RouteParamtypes.REQUEST);
    const inputs = { body: whole || kinds.has(RouteParamtypes.BODY), query: whole || kinds.has(RouteParamtypes.QUERY) };
    this.known.set(handler, inputs);
    return inputs;
  }
}

/**
 * `kind:index` of Nest's own decorators. Those made with createParamDecorator have a random name before the colon, which
 * may begin with any digit; they read what others ask for.
 */
function kindOf(key: string): number | null {
  const [, kind] = /^(\d+):\d+$/.exec(key) ?? [];
  return kind === undefined ? null : Number(kind);
}

/** Clients that send JSON with every POST send an empty object where there is nothing to say. */
function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return body === undefined;
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0;
}
