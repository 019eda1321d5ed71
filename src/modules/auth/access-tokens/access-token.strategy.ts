import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { decodeBase64Url, fromUtf8, isUuidV4OrV7, isUuidV7 } from '@sealpost/protocol';
import { Strategy } from 'passport-jwt';
import type { SecretOrKeyProvider } from 'passport-jwt';
import { Settings } from '../../../core/config/index.js';
import { unauthenticated } from './access-tokens.errors.js';
import { ACCESS_TOKEN_ALGORITHM } from './access-tokens.service.js';
import { bearerToken } from './bearer-token.js';
import { VerificationKeysService } from './verification-keys.service.js';
import type { VerifiedToken } from './verified-tokens.js';

/** For clocks of replicas that differ a little. */
const TIME_RULES = { jsonWebTokenOptions: { clockTolerance: 5 } };

/** Verifies access tokens: ES256 only, by a key of this service only, issued by and for this service. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) {
  constructor(settings: Settings, keys: VerificationKeysService) {
    super({
      ...TIME_RULES,
      // The guard's own reading: what is verified must be exactly what is cached.
      jwtFromRequest: (request: { readonly headers: { readonly authorization?: string } }) =>
        bearerToken(request.headers.authorization),
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: settings.serviceId,
      audience: settings.serviceId,
    });
  }

  /** Passport calls it with the claims of a token whose signature, time, issuer and audience hold. */
  validate(claims: unknown): VerifiedToken {
    const { sub, sid, exp } = claims as Record<string, unknown>;
    if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') throw unauthenticated();
    if (!isUuidV7(sub) || !isUuidV4OrV7(sid)) throw unauthenticated();
    return { userId: sub, sessionId: sid, expiresAt: exp * 1000 };
  }
}

function keyProvider(keys: VerificationKeysService): SecretOrKeyProvider {
  return (_request, token: unknown, done) => {
    void findKey(keys, String(token)).then((key) => {
      // The types know no KeyObject; passport-jwt hands it on to jsonwebtoken, which takes it.
      if (key === null) done(unauthenticated());
      else done(null, key as unknown as Buffer);
    }, done);
  };
}

/** null also for a signature in another encoding than the canonical one: a token has one form only. */
async function findKey(keys: VerificationKeysService, token: string): Promise<KeyObject | null> {
  const kid = kidOf(token);
  return kid === null || decodeBase64Url(token.split('.')[2] ?? '') === null ? null : keys.find(kid);
}

/** What the header of a token that nobody has verified yet says about its key. */
function kidOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(fromUtf8(decodeBase64Url(token.split('.')[0] ?? '') ?? new Uint8Array()));
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : null;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
}
