import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { encodeBase64Url } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { PeriodicWork } from '../../../core/periodic-work.js';
import { rereadSecrets, ServerSecrets } from '../../../core/secrets/index.js';
import type { SigningKey, VerificationKey } from '../../../core/secrets/index.js';

/** Whoever sends tokens with made-up key ids does not make the server read its file more often than this. */
const REREAD_PAUSE_MS = 2000;
/** How often it reads the file anyway: another process may have put a new key there. */
const REREAD_INTERVAL_MS = 10_000;
/** How long replicas may go on signing with a key after it was retired, with what their clocks differ. */
const RETIREMENT_MS = 60_000;

/**
 * The keys of access tokens. The secrets file, which all replicas share, is read again while the server runs, so that a
 * new key is used everywhere soon after it was made: only then can the one before, which somebody may have, stop counting.
 */
@Injectable()
export class SigningKeysService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeysService.name);
  private keys: readonly [SigningKey, ...VerificationKey[]];
  private rereadAt = Number.NEGATIVE_INFINITY;
  private rereading: Promise<void> = Promise.resolve();
  private isReadable = true;
  private readonly rereads = new PeriodicWork(() => this.reread(), {
    everyMs: REREAD_INTERVAL_MS,
    failure: 'The secrets file could not be read again',
  });

  constructor(
    secrets: ServerSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.keys = secrets.signingKeys;
  }

  onApplicationBootstrap(): void {
    this.rereads.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rereads.stop();
  }

  /** The one that signs. */
  get current(): SigningKey {
    return this.keys[0];
  }

  /** The one that signs, and retired ones of which a token may still be valid. */
  published(): readonly VerificationKey[] {
    const since = this.clock.now() - this.settings.accessTokenSeconds * 1000;
    return this.keys.filter(({ retiredAt }) => retiredAt === undefined || retiredAt + RETIREMENT_MS > since);
  }

  /**
   * The key of a token that says to be of a time; null where there is none, or it was retired by then. A token lasts no
   * longer than the setting says, so that a stolen key ends with its retirement, whatever time its thief writes.
   * @param issuedAt Unix seconds, as the token says
   */
  async find(kid: string, issuedAt: number): Promise<VerificationKey | null> {
    const key = this.known(kid) ?? (await this.learned(kid));
    if (key?.retiredAt === undefined) return key;
    return issuedAt * 1000 <= key.retiredAt + RETIREMENT_MS ? key : null;
  }

  private known(kid: string): VerificationKey | null {
    return this.keys.find((key) => key.kid === kid) ?? null;
  }

  /** Perhaps another replica has found a new key before. */
  private async learned(kid: string): Promise<VerificationKey | null> {
    const now = this.clock.now();
    if (now - this.rereadAt >= REREAD_PAUSE_MS) {
      this.rereadAt = now;
      this.rereading = this.reread();
    }
    await this.rereading;
    return this.known(kid);
  }

  private async reread(): Promise<void> {
    try {
      this.keys = (await rereadSecrets(this.settings.secretsFile)).signingKeys;
      this.isReadable = true;
    } catch (error) {
      if (this.isReadable) this.logger.warn('The secrets file could not be read again', error);
      this.isReadable = false;
    }
  }
}

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
