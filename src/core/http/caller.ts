import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Actor } from '../accounts/index.js';
import { clientFamily } from './client-family.js';
import {
  BEARER_SUFFICES_EXTENSION,
  OPTIONAL_CALLER,
  PUBLIC_EXTENSION,
  SESSION_PROOF_EXTENSION,
} from './openapi/api-problems.js';

/** Who sends the request, as the access token says. */
export interface Caller {
  /** UUIDv7 of the account. */
  readonly userId: string;
  /** The session that the access token belongs to. */
  readonly sessionId: string;
  /** When the access token expires, in Unix milliseconds: what lasts longer than a request ends then. */
  readonly expiresAt: number;
  /** The request carries a proof of the key that the session is bound to, and it holds. */
  readonly isProven: boolean;
}

/** Metadata key that the global guard reads from handlers and controllers. */
export const PUBLIC_ROUTE = 'sealpost:public';

/** Opens a route, or all routes of a controller, to callers without an access token. */
export function Public(): ClassDecorator & MethodDecorator {
  return applyDecorators(SetMetadata(PUBLIC_ROUTE, true), ApiExtension(PUBLIC_EXTENSION, true));
}

/** Metadata key of public routes that want to know who calls, where somebody says so. */
export const KNOWS_CALLERS = 'sealpost:knows-callers';

/**
 * Opens a route as `@Public()` does, and looks at an access token where there is one. One that does not count is as good
 * as none: the route must not answer more, or something else, to those whom it knows.
 */
export function PublicKnowingCallers(): MethodDecorator {
  return applyDecorators(
    SetMetadata(PUBLIC_ROUTE, true),
    SetMetadata(KNOWS_CALLERS, true),
    ApiExtension(PUBLIC_EXTENSION, OPTIONAL_CALLER),
  );
}

/** Metadata keys by which the global guard knows whether a route asks bound sessions for a proof of their key. */
export const BEARER_SUFFICES = 'sealpost:bearer-suffices';
export const TAKES_SESSION_PROOF = 'sealpost:takes-session-proof';

/**
 * Lets the access token alone do for a route that changes something, also where the session is bound to a key: for sending
 * and looking things up. Without it every route but GET and HEAD asks a bound session for a proof (RFC 9449), so that
 * whoever has stolen an access token does nothing with it that outlives it.
 */
export function BearerSuffices(): MethodDecorator {
  return applyDecorators(SetMetadata(BEARER_SUFFICES, true), ApiExtension(BEARER_SUFFICES_EXTENSION, true));
}

/**
 * For a route that reads, and yet hands out what outlives the access token: asks a bound session for a proof. For a
 * `@Public()` route that looks at a proof by itself, `@SessionProof()`.
 */
export function TakesSessionProof(): MethodDecorator {
  return applyDecorators(SetMetadata(TAKES_SESSION_PROOF, true), ApiExtension(SESSION_PROOF_EXTENSION, true));
}

/** A handler's parameter of type `Caller | null`; for routes that are `@PublicKnowingCallers()`. */
export const KnownCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller | null => {
  return context.switchToHttp().getRequest<{ user?: Caller }>().user ?? null;
});

/** A handler's parameter of type `Caller`; only for routes that are not `@Public()`. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
  if (user === undefined) throw new Error('@CurrentUser() was used on a route without an authenticated caller');
  return user;
});

interface ActorRequest {
  readonly user?: Caller;
  readonly headers: { readonly 'user-agent'?: string };
}

/** A handler's parameter of type `Actor`: who does what the history of the account is to tell of. On any route. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { user, headers } = context.switchToHttp().getRequest<ActorRequest>();
  return { sessionId: user?.sessionId ?? null, client: clientFamily(headers['user-agent']) };
});
