import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionRevocations } from '../../../core/accounts/index.js';
import { SystemClock } from '../../../core/clock.js';
import { loadSettings } from '../../../core/config/index.js';
import { SodiumCryptoService } from '../../../core/crypto/sodium-crypto.service.js';
import { Public, PublicKnowingCallers } from '../../../core/http/index.js';
import { generateSecrets, secretsOf } from '../../../core/secrets/index.js';
import { AccessTokenStrategy } from '../access-tokens/access-token.strategy.js';
import { SigningKeysService } from '../access-tokens/access-tokens.service.js';
import { VerifiedTokens } from '../access-tokens/verified-tokens.cache.js';
import { DpopService } from '../dpop/dpop.service.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import type { SessionsRepository } from './sessions.repository.js';

@Controller()
class Routes {
  @Public()
  open(): void {
    return undefined;
  }
  @PublicKnowingCallers()
  knowing(): void {
    return undefined;
  }
  closed(): void {
    return undefined;
  }
}

const noNews = {
  findRevokedWithin: () => Promise.resolve([]),
  findEndOfActive: () => Promise.resolve(Number.POSITIVE_INFINITY),
} as unknown as SessionsRepository;
const caller = { userId: 'u', sessionId: 's' };
let tokens: VerifiedTokens;
let feed: RevocationFeedService;
let guard: AccessTokenGuard;

beforeEach(async () => {
  const clock = new SystemClock();
  tokens = new VerifiedTokens();
  feed = new RevocationFeedService(noNews, tokens, clock, new SessionRevocations(), loadSettings({}));
  await feed.onApplicationBootstrap();
  await feed.onApplicationShutdown();
  const settings = loadSettings({});
  const secrets = secretsOf(generateSecrets(new Date()));
  const dpop = new DpopService(settings, await SodiumCryptoService.create(), clock, secrets);
  const strategy = new AccessTokenStrategy(settings, new SigningKeysService(secrets, settings, clock), tokens, clock);
  guard = new AccessTokenGuard(strategy, new Reflector(), feed, dpop, settings);
});

function contextOf(route: 'open' | 'knowing' | 'closed', request: object, type = 'http'): ExecutionContext {
  return {
    getType: () => type,
    getHandler: () => Routes.prototype[route],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({ header: () => undefined }) }),
  } as unknown as ExecutionContext;
}

describe('the guard', () => {
  it('the guard of access tokens opens what is public, and nothing else without a token', async () => {
    expect(await guard.canActivate(contextOf('open', { headers: {} }))).toBe(true);
    await expect(guard.canActivate(contextOf('closed', { headers: {} }))).rejects.toMatchObject({
      code: 'auth.unauthenticated',
    });
  });

  it('the guard of access tokens leaves messages of sockets to whoever opened the socket', async () => {
    expect(await guard.canActivate(contextOf('closed', {}, 'ws'))).toBe(true);
    expect(await guard.canActivate(contextOf('closed', {}, 'rpc'))).toBe(true);
  });

  it('the guard of access tokens says who calls, from a token that was verified before, until the session ends', async () => {
    const expiresAt = Date.now() + 60_000;
    tokens.remember('t', { ...caller, expiresAt, sessionKey: null });
    const request: { headers: object; user?: unknown } = { headers: { authorization: 'Bearer t' } };
    expect(await guard.canActivate(contextOf('closed', request))).toBe(true);
    expect(request.user).toEqual({ ...caller, expiresAt, isProven: false });
    feed.add(['s']);
    // Also where something remembered the token again in the meantime.
    tokens.remember('t', { ...caller, expiresAt: Date.now() + 60_000, sessionKey: null });
    await expect(guard.canActivate(contextOf('closed', request))).rejects.toMatchObject({ code: 'auth.session-ended' });
  });

  it('the guard of access tokens knows callers of some public routes, and takes everybody else for a stranger', async () => {
    const expiresAt = Date.now() + 60_000;
    tokens.remember('t', { ...caller, expiresAt, sessionKey: null });
    const callerOf = async (authorization?: string) => {
      const request: { headers: object; user?: unknown } = { headers: { authorization } };
      expect(await guard.canActivate(contextOf('knowing', request))).toBe(true);
      return request.user;
    };
    expect(await callerOf('Bearer t')).toEqual({ ...caller, expiresAt, isProven: false });
    for (const none of [undefined, 'Basic t', 'Bearer']) expect(await callerOf(none)).toBeUndefined();
    feed.add(['s']);
    tokens.remember('t', { ...caller, expiresAt, sessionKey: null });
    expect(await callerOf('Bearer t')).toBeUndefined();
  });
});
