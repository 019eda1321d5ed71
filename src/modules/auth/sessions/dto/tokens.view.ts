import type { TokensJson } from '@sealpost/protocol';
import { Base64UrlField, encodeBytes, TextField, TimeField } from '../../../../core/http/index.js';
import type { Tokens } from '../sessions.service.js';

export class TokensView implements TokensJson {
  @TextField({
    description: 'Goes into the Authorization header: a JWT, to be verified with the keys of /.well-known/jwks.json.',
    min: 1,
    max: 4096,
    pattern: /^[\w-]+\.[\w-]+\.[\w-]+$/,
    example: 'eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJtc2cuZXhhbXBsZSJ9.c2lnbmF0dXJl',
  })
  readonly accessToken: string;

  @TimeField({ description: 'When the access token expires.' })
  readonly accessTokenExpiresAt: number;

  @Base64UrlField({
    description: 'For POST /v1/auth/refresh. Opaque, and replaced at each refresh: keep the newest only.',
    minLength: 32,
    maxLength: 256,
  })
  readonly refreshToken: string;

  @TimeField({ description: 'When the session expires unless it is refreshed.' })
  readonly refreshTokenExpiresAt: number;

  @Base64UrlField({
    description:
      'For the header Sealpost-Device of challenges, log-ins and recoveries, for 180 days, also after the session: with it ' +
      'they count towards a limit of this device, which strangers do not use up. It opens nothing.',
    minLength: 32,
    maxLength: 256,
  })
  readonly deviceToken: string;

  constructor(tokens: Tokens) {
    this.accessToken = tokens.accessToken;
    this.accessTokenExpiresAt = tokens.accessTokenExpiresAt;
    this.refreshToken = encodeBytes(tokens.refreshToken);
    this.refreshTokenExpiresAt = tokens.refreshTokenExpiresAt;
    this.deviceToken = encodeBytes(tokens.deviceToken);
  }
}
