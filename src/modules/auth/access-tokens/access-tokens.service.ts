import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { encodeBase64Url } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { SigningKeysService } from './signing-keys.service.js';

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
    private readonly keys: SigningKeysService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * A JWT of the session: `sub` is the userId, `sid` the session, issuer and audience the serviceId.
   * @param sessionKey thumbprint of the key that the session is bound to, for `cnf`
   */
  issue(userId: string, sessionId: string, sessionKey: Uint8Array | null): AccessToken {
    const iat = Math.floor(this.clock.now() / 1000);
    const { privateKey, kid } = this.keys.current;
    const accessToken = this.jwt.sign(
      { sid: sessionId, iat, ...(sessionKey === null ? {} : { cnf: { jkt: encodeBase64Url(sessionKey) } }) },
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
