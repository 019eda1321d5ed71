import { Injectable } from '@nestjs/common';
import { decodeBase64Url } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import type { SecretMac } from '../shared/secret-mac.js';
import { decodeDeviceToken, encodeDeviceToken } from './device-token.js';
import type { KnownDevice } from './device-token.js';

/**
 * By which token a client is known that has had a session of an account. It opens nothing: whoever has it tries with a
 * limit that strangers do not use up. Needs no database.
 */
@Injectable()
export class KnownDevices {
  private readonly mac: SecretMac;

  constructor(
    private readonly clock: Clock,
    crypto: CryptoService,
    secrets: ServerSecrets,
  ) {
    this.mac = {
      authenticate: (message) => crypto.hmacSha256(secrets.refreshKey, message),
      equal: (a, b) => crypto.equal(a, b),
    };
  }

  issue(userId: string, sessionId: string): Uint8Array {
    return encodeDeviceToken(userId, sessionId, this.clock.now(), this.mac);
  }

  /** @param token as it was sent, or not; null: nobody's that this service knows */
  find(token: string | undefined): KnownDevice | null {
    const bytes = token === undefined ? null : decodeBase64Url(token);
    return bytes === null ? null : decodeDeviceToken(bytes, this.clock.now(), this.mac);
  }
}
