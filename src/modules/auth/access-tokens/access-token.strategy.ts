import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { decodeBase64Url, fromUtf8, isUuidV4OrV7, isUuidV7, LENGTHS } from '@sealpost/protocol';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import type { SecretOrKeyProvider } from 'passport-jwt';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import type { VerificationKey } from '../../../core/secrets/index.js';
import { unauthenticated } from '../shared/auth.errors.js';
import { ACCESS_TOKEN_ALGORITHM, SigningKeysService } from './access-tokens.service.js';
import { VerifiedTokens } from './verified-tokens.cache.js';
import type { VerifiedToken } from './verified-tokens.cache.js';

/** Far longer than what this service issues; whatever is longer need not be verified, nor remembered. */
const CREDENTIALS = /^(Bearer|DPoP) +([\w.-]{1,2048}) *$/i;
const BEARER_LENGTH = 'Bearer'.length;

/** The token of an Authorization header (RFC 6750, RFC 9449). */
export interface PresentedToken {
  readonly token: string;
  /** Whether the scheme says that a proof of the session key comes with it. */
  readonly isDpop: boolean;
}

export function accessTokenOf(authorization: string | undefined): PresentedToken | null {
  const [, scheme, token] = CREDENTIALS.exec(authorization ?? '') ?? [];
  if (scheme === undefined || token === undefined) return null;
  return { token, isDpop: scheme.length !== BEARER_LENGTH };
}

/** For clocks of replicas that differ a little. */
const TOLERANCE_SECONDS = 5;
const TIME_RULES = { jsonWebTokenOptions: { clockTolerance: TOLERANCE_SECONDS } };

/** Said to the guard of a token that was not here before. */
export const FIRST_USE = Symbol('first use of a token');

type Request = Parameters<Strategy['authenticate']>[0];

const tokenOf = ({ headers }: Request): string | null => accessTokenOf(headers.authorization)?.token ?? null;

/**
 * Verifies access tokens: ES256 only, by a key of this service only, issued by and for this service, and for no longer
 * than this service issues them. Whether there is such a session the guard asks.
 */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) implements OnApplicationShutdown {
  constructor(
    private readonly settings: Settings,
    keys: SigningKeysService,
    private readonly tokens: VerifiedTokens,
    private readonly clock: Clock,
  ) {
    super({
      ...TIME_RULES,
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: settings.serviceId,
      audience: settings.serviceId,
      passReqToCallback: true,
    });
    // Passport is one for the whole process, which may hold several servers: each asks its own strategy.
    this.name = `jwt ${randomUUID()}`;
    passport.use(this);
  }

  onApplicationShutdown(): void {
    passport.unuse(this.name);
  }

  /** A token is verified once. */
  override authenticate(request: Request, options?: object): void {
    const token = tokenOf(request);
    const verified = token === null ? null : this.tokens.find(token, this.clock.now());
    if (verified === null) super.authenticate(request, options);
    else this.success(verified);
  }

  /**
   * Passport calls it with the claims of a token whose signature, time, issuer and audience hold.
   * @returns what it passes to the guard: the user, and more about it
   */
  validate(request: Request, claims: Readonly<Record<string, unknown>>): [VerifiedToken, typeof FIRST_USE] {
    const verified = this.read(claims);
    this.tokens.remember(tokenOf(request) ?? '', verified);
    return [verified, FIRST_USE];
  }

  private read({ sub, sid, iat, exp, cnf }: Readonly<Record<string, unknown>>): VerifiedToken {
    if (typeof sub !== 'string' || typeof sid !== 'string') throw unauthenticated();
    if (!isUuidV7(sub) || !isUuidV4OrV7(sid)) throw unauthenticated();
    if (!isSeconds(iat) || !isSeconds(exp) || !this.isOfUsualLife(iat, exp)) throw unauthenticated();
    return { userId: sub, sessionId: sid, expiresAt: exp * 1000, sessionKey: sessionKeyOf(cnf) };
  }

  /** A token that would be valid for longer was not issued here, or before the setting was lowered. */
  private isOfUsualLife(iat: number, exp: number): boolean {
    const now = this.clock.now() / 1000;
    return iat <= now + TOLERANCE_SECONDS && exp - iat <= this.settings.accessTokenSeconds;
  }
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The thumbprint in the claim `cnf` (RFC 9449); null where there is no such claim. */
function sessionKeyOf(cnf: unknown): Uint8Array | null {
  if (cnf === undefined) return null;
  const jkt = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined;
  const key = typeof jkt === 'string' ? decodeBase64Url(jkt) : null;
  if (key?.length !== LENGTHS.thumbprint) throw unauthenticated();
  return key;
}

function keyProvider(keys: SigningKeysService): SecretOrKeyProvider {
  return (_request, token: unknown, done) => {
    void findKey(keys, String(token)).then((key) => {
      if (key === null) done(unauthenticated());
      else done(null, key);
    }, done);
  };
}

/** The key as PEM; null also for a signature in another encoding than the canonical one: a token has one form only. */
async function findKey(keys: SigningKeysService, token: string): Promise<VerificationKey['publicPem'] | null> {
  const [header, claims, signature = ''] = token.split('.');
  const kid = memberOf(header, 'kid');
  const issuedAt = memberOf(claims, 'iat');
  if (typeof kid !== 'string' || !isSeconds(issuedAt) || decodeBase64Url(signature) === null) return null;
  return (await keys.find(kid, issuedAt))?.publicPem ?? null;
}

/** What a part of a token that nobody has verified yet says. */
function memberOf(part: string | undefined, name: string): unknown {
  try {
    const value: unknown = JSON.parse(fromUtf8(decodeBase64Url(part ?? '') ?? new Uint8Array()));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : null;
  } catch {
    return null;
  }
}
