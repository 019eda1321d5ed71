import { Injectable } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Clock } from '../../../core/clock.js';
import { DomainError } from '../../../core/errors.js';
import { KNOWS_CALLERS, PUBLIC_ROUTE } from '../../../core/http/index.js';
import type { Caller } from '../../../core/http/index.js';
import { tokenExpired, unauthenticated } from '../access-tokens/access-tokens.errors.js';
import { bearerToken } from '../access-tokens/bearer-token.js';
import { VerifiedTokens } from '../access-tokens/verified-tokens.js';
import type { VerifiedToken } from '../access-tokens/verified-tokens.js';
import { RevocationFeedService } from './revocation-feed.service.js';

interface AuthenticatedRequest {
  readonly headers: { readonly authorization?: string };
  user?: Caller;
}

/** The one global guard: every route that is not `@Public()` needs an access token of a session that still is. */
@Injectable()
export class AccessTokenGuard extends AuthGuard('jwt') {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: VerifiedTokens,
    private readonly revocations: RevocationFeedService,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    // Sockets are authenticated by whoever opens them: there is no request here to look at.
    if (context.getType() !== 'http') return true;
    if (!this.says(PUBLIC_ROUTE, context)) await this.authenticate(context);
    else if (this.says(KNOWS_CALLERS, context)) await this.recognise(context);
    return true;
  }

  private async authenticate(context: ExecutionContext): Promise<void> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bearerToken(request.headers.authorization);
    if (token === null) throw unauthenticated();
    const verified = this.tokens.find(token, this.clock.now()) ?? (await this.verify(token, context, request));
    const { userId, sessionId, expiresAt } = verified;
    await this.revocations.requireActive(sessionId);
    request.user = { userId, sessionId, expiresAt };
  }

  /** On a route that is open to everybody, whoever cannot be recognised is a stranger. */
  private async recognise(context: ExecutionContext): Promise<void> {
    try {
      await this.authenticate(context);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // Passport has put the owner of a token there before it was known whether the session goes on.
      Reflect.deleteProperty(context.switchToHttp().getRequest<AuthenticatedRequest>(), 'user');
    }
  }

  /** Passport's answer: what the strategy found, or why it refused. */
  override handleRequest<User>(error: unknown, user: User, info: unknown): User {
    if (user) return user;
    if (error instanceof Error && !(error instanceof DomainError)) throw error;
    throw info instanceof Error && info.name === 'TokenExpiredError' ? tokenExpired() : unauthenticated();
  }

  private async verify(
    token: string,
    context: ExecutionContext,
    request: AuthenticatedRequest,
  ): Promise<VerifiedToken> {
    await super.canActivate(context);
    const verified = request.user as VerifiedToken;
    this.tokens.remember(token, verified);
    return verified;
  }

  private says(metadata: string, context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(metadata, targets) === true;
  }
}
