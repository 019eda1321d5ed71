import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';

export const ACCESS_TOKEN_ALGORITHM = 'ES256';

export interface AccessToken {
  readonly accessToken: string;
  /** Unix time in milliseconds. */
  readonly accessTokenExpiresAt: number;
}

@Injectable()
export class AccessTokensService {
  constructor(
    private readonly jwt: JwtService,
    private readonly secrets: ServerSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** A JWT of the session: `sub` is the userId, `sid` the session, issuer and audience the serviceId. */
  issue(userId: string, sessionId: string): AccessToken {
    const iat = Math.floor(this.clock.now() / 1000);
    const [{ privateKey, kid }] = this.secrets.signingKeys;
    const accessToken = this.jwt.sign(
      { sid: sessionId, iat },
      {
        privateKey,
        algorithm: ACCESS_TOKEN_ALGORITHM,
        keyid: kid,
        subject: userId,
        issuer: this.settings.serviceId,
        audience: this.settings.serviceId,
        expiresIn: this.settings.accessTokenSeconds,
      },
    );
    return { accessToken, accessTokenExpiresAt: (iat + this.settings.accessTokenSeconds) * 1000 };
  }
}
