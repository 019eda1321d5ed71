import type { TokensJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  DEVICE_TOKEN_EXAMPLE,
  encodeBytes,
  IntegerField,
  TextField,
} from '../../../../core/http/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import type { Tokens } from '../sessions.service.js';

const MAX_TIME = Number.MAX_SAFE_INTEGER;

export class TokensView implements TokensJson {
  @TextField({
    description: 'Goes into the Authorization header: a JWT, to be verified with the keys of /.well-known/jwks.json.',
    min: 1,
    max: 4096,
    pattern: /^[\w-]+\.[\w-]+\.[\w-]+$/,
    example: EXAMPLE.accessToken,
  })
  readonly accessToken: string;

  @IntegerField({
    description: 'When the access token expires, in Unix milliseconds.',
    min: 0,
    max: MAX_TIME,
    example: EXAMPLE.accessTokenExpiresAt,
  })
  readonly accessTokenExpiresAt: number;

  @Base64UrlField({
    description: 'For POST /v1/auth/refresh. Opaque, and replaced at each refresh: keep the newest only.',
    minLength: 32,
    maxLength: 256,
    example: EXAMPLE.refreshToken,
  })
  readonly refreshToken: string;

  @IntegerField({
    description: 'When the session expires unless it is refreshed, in Unix milliseconds.',
    min: 0,
    max: MAX_TIME,
    example: EXAMPLE.refreshTokenExpiresAt,
  })
  readonly refreshTokenExpiresAt: number;

  @Base64UrlField({
    description:
      'For the header Sealpost-Device of challenges, log-ins and recoveries, for 180 days, also after the session: with it ' +
      'they count towards a limit of this device, which strangers do not use up. It opens nothing.',
    minLength: 32,
    maxLength: 256,
    example: DEVICE_TOKEN_EXAMPLE,
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
