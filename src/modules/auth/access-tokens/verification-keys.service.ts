import type { KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { rereadSecrets, ServerSecrets } from '../../../core/secrets/index.js';

/** Whoever sends tokens with made-up key ids does not make the server read its file more often than this. */
const REREAD_PAUSE_MS = 2000;

/**
 * The public keys of access tokens. A token of an unknown key may come from a replica that was restarted after the
 * signing key was rotated: then the secrets file, which all replicas share, is read again.
 */
@Injectable()
export class VerificationKeysService {
  private readonly logger = new Logger(VerificationKeysService.name);
  private readonly keys = new Map<string, KeyObject>();
  private rereadAt = Number.NEGATIVE_INFINITY;
  private rereading: Promise<void> = Promise.resolve();

  constructor(
    secrets: ServerSecrets,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.learn(secrets);
  }

  async find(kid: string): Promise<KeyObject | null> {
    const known = this.keys.get(kid);
    if (known !== undefined) return known;
    const now = this.clock.now();
    if (now - this.rereadAt >= REREAD_PAUSE_MS) {
      this.rereadAt = now;
      this.rereading = this.reread();
    }
    await this.rereading;
    return this.keys.get(kid) ?? null;
  }

  private async reread(): Promise<void> {
    try {
      this.learn(await rereadSecrets(this.settings.secretsFile));
    } catch (error) {
      this.logger.warn('The secrets file could not be read again', error);
    }
  }

  private learn({ signingKeys }: ServerSecrets): void {
    for (const { kid, publicKey } of signingKeys) this.keys.set(kid, publicKey);
  }
}
