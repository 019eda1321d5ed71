import { Injectable } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { DPOP_NONCE_HEADER } from '@sealpost/protocol';
import type { FastifyReply } from 'fastify';
import { Settings } from '../../../core/config/index.js';
import { DomainError } from '../../../core/errors.js';
import {
  BEARER_SUFFICES,
  KNOWS_CALLERS,
  presentedProof,
  PUBLIC_ROUTE,
  TAKES_SESSION_PROOF,
} from '../../../core/http/index.js';
import type { Caller } from '../../../core/http/index.js';
import { accessTokenOf, AccessTokenStrategy, FIRST_USE } from '../access-tokens/access-token.strategy.js';
import type { PresentedToken } from '../access-tokens/access-token.strategy.js';
import type { VerifiedToken } from '../access-tokens/verified-tokens.cache.js';
import { DpopService } from '../dpop/dpop.service.js';
import { tokenExpired, unauthenticated } from '../shared/auth.errors.js';
import { RevocationFeedService } from './revocation-feed.service.js';

interface AuthenticatedRequest {
  readonly method: string;
  readonly headers: { readonly authorization?: string };
}

/** The one global guard: every route that is not `@Public()` needs an access token of a session that still is. */
@Injectable()
export class AccessTokenGuard extends AuthGuard() {
  constructor(
    strategy: AccessTokenStrategy,
    private readonly reflector: Reflector,
    private readonly revocations: RevocationFeedService,
    private readonly dpop: DpopService,
    private readonly settings: Settings,
  ) {
    super({ defaultStrategy: strategy.name });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    // Sockets are authenticated by whoever opens them: there is no request here to look at.
    if (context.getType() !== 'http') return true;
    if (this.says(PUBLIC_ROUTE, context) && !this.says(KNOWS_CALLERS, context)) return true;
    return await (super.canActivate(context) as Promise<boolean>);
  }

  /** Makes the request's user of what the strategy found. On a route that is open to everybody there need not be one. */
  override handleRequest<User>(error: unknown, user: User, info: unknown, context: ExecutionContext): User {
    const caller = this.callerOf(error, user as VerifiedToken | false, info, context);
    return (this.says(PUBLIC_ROUTE, context) ? caller.catch(noCaller) : caller) as User;
  }

  private async callerOf(
    error: unknown,
    token: VerifiedToken | false,
    info: unknown,
    context: ExecutionContext,
  ): Promise<Caller> {
    if (error instanceof Error && !(error instanceof DomainError)) throw error;
    const { headers, method } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const presented = accessTokenOf(headers.authorization);
    if (presented === null) throw unauthenticated();
    // Whoever begins, or is refused here and renews the token next, makes a proof soon, which needs a nonce.
    if (!token || info === FIRST_USE) {
      context.switchToHttp().getResponse<FastifyReply>().header(DPOP_NONCE_HEADER, this.dpop.nonce());
    }
    if (!token) throw info instanceof Error && info.name === 'TokenExpiredError' ? tokenExpired() : unauthenticated();
    const { userId, sessionId, expiresAt, sessionKey } = token;
    await this.revocations.requireActive(token);
    const mayAsk = sessionKey !== null || this.settings.dpop !== 'optional' || presented.isDpop;
    const isProven = mayAsk && this.requireProof(context, method, presented, sessionKey);
    return { userId, sessionId, expiresAt, isProven };
  }

  /**
   * A token that is sent as one with a proof (RFC 9449) has one, on whatever route.
   * @returns whether the request had to have a proof, and has
   */
  private requireProof(
    context: ExecutionContext,
    method: string,
    { token, isDpop }: PresentedToken,
    sessionKey: Uint8Array | null,
  ): boolean {
    if (sessionKey === null && isDpop) throw unauthenticated();
    if (sessionKey === null) {
      this.dpop.requireNoKey();
      return false;
    }
    const asks = isDpop || this.asksForProof(context, method);
    if (asks) this.dpop.requireOfSession(presentedProof(context), sessionKey, token);
    return asks;
  }

  /** Fail-safe: what changes something asks for a proof unless its author has decided otherwise. */
  private asksForProof(context: ExecutionContext, method: string): boolean {
    if (this.says(PUBLIC_ROUTE, context)) return false;
    if (this.settings.dpop === 'everywhere') return true;
    return method === 'GET' || method === 'HEAD'
      ? this.says(TAKES_SESSION_PROOF, context)
      : !this.says(BEARER_SUFFICES, context);
  }

  private says(metadata: string, context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(metadata, targets) === true;
  }
}

function noCaller(error: unknown): undefined {
  if (!(error instanceof DomainError)) throw error;
}
