import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import { UnexpectedInputGuard } from './unexpected-input.guard.js';

/** A request to a handler whose parameters have these keys in Nest's metadata. */
function requestTo(keys: readonly string[], body: unknown): ExecutionContext {
  class Controller {
    handle(): void {
      return;
    }
  }
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, Object.fromEntries(keys.map((key) => [key, {}])), Controller, 'handle');
  const context = {
    getType: () => 'http',
    getClass: () => Controller,
    getHandler: () => Controller.prototype.handle,
    switchToHttp: () => ({ getRequest: () => ({ query: {}, body }) }),
  };
  return context as unknown as ExecutionContext;
}

describe('A body', () => {
  const guard = new UnexpectedInputGuard();
  const body = { unexpected: 1 };

  it('a body is let through to a handler that asks for one', () => {
    expect(guard.canActivate(requestTo(['3:0'], body))).toBe(true);
  });

  it.each([
    ['nothing', []],
    ['the path only', ['5:0']],
    // The random names of decorators made with createParamDecorator.
    ['its caller, by a name that begins as a body does', ['3fXk__customRouteArgs__:0']],
    ['its caller, by a name that begins as the whole request does', ['0__customRouteArgs__:0']],
    ['its caller, by a name that begins as no number', ['x3__customRouteArgs__:1']],
  ])('a body is refused where the handler asks for %s', (_, keys) => {
    expect(() => guard.canActivate(requestTo(keys, body))).toThrow('takes no body');
    expect(guard.canActivate(requestTo(keys, undefined))).toBe(true);
  });
});
