import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import type { SecretMac } from '../shared/secret-mac.js';
import {
  decodeRefreshToken,
  encodeRefreshToken,
  firstSecretOf,
  REFRESH_SECRET_BYTES,
  successorOf,
} from './refresh-token.js';
import type { PresentedToken } from './session.js';

export interface HashedToken {
  readonly token: Uint8Array;
  readonly hash: Uint8Array;
}

/** An authentic token, and those that may follow it. */
export interface AuthenticToken extends PresentedToken {
  readonly sessionId: string;
  successorAt(generation: number): HashedToken;
}

@Injectable()
export class RefreshTokensService {
  private readonly mac: SecretMac;

  constructor(
    private readonly crypto: CryptoService,
    secrets: ServerSecrets,
  ) {
    this.mac = {
      authenticate: (message) => crypto.hmacSha256(secrets.refreshKey, message),
      equal: (a, b) => crypto.equal(a, b),
    };
  }

  /**
   * The first token of a new session.
   * @param seed a secret that only the client keeps: the same one makes the same token again. Without it, random.
   */
  makeFirst(sessionId: string, seed?: Uint8Array): HashedToken {
    const secret = seed === undefined ? randomBytes(REFRESH_SECRET_BYTES) : firstSecretOf(sessionId, seed, this.mac);
    const token = encodeRefreshToken({ sessionId, generation: 0, secret }, this.mac);
    return { token, hash: this.crypto.sha256(token) };
  }

  /** null where this service did not make the token. */
  read(token: Uint8Array): AuthenticToken | null {
    const content = decodeRefreshToken(token, this.mac);
    if (content === null) return null;
    const { sessionId, generation } = content;
    const successorAt = (later: number): HashedToken => {
      const successor = successorOf(token, sessionId, later, this.mac);
      return { token: successor, hash: this.crypto.sha256(successor) };
    };
    return { sessionId, generation, hash: this.crypto.sha256(token), successorAt };
  }
}
