import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { concat, encodeBase64Url, tag } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { invitationRefused } from '../shared/auth.errors.js';
import { InvitationsRepository } from './invitations.repository.js';

/** Random bytes of an invitation code: too many to be guessed. */
export const INVITATION_BYTES = 24;

export interface NewInvitation {
  /** What the invited person enters: base64url. It is shown once; the database holds its hash only. */
  readonly code: string;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
}

@Injectable()
export class InvitationsService {
  constructor(
    private readonly invitations: InvitationsRepository,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
  ) {}

  async create(expiresInSeconds: number): Promise<NewInvitation> {
    const code = randomBytes(INVITATION_BYTES);
    const now = this.clock.now();
    const expiresAt = now + expiresInSeconds * 1000;
    await this.invitations.add(this.hashOf(code), now, expiresAt);
    return { code: encodeBase64Url(code), expiresAt };
  }

  /** Refuses early, before anything that tells whether a loginId is taken. */
  async requireUsable(code: Uint8Array | undefined): Promise<void> {
    const usable = code !== undefined && (await this.invitations.isUsable(this.hashOf(code), this.clock.now()));
    if (!usable) throw invitationRefused();
  }

  /** Uses it up, if the transaction is committed. */
  async use(tx: Transaction, code: Uint8Array | undefined, userId: string): Promise<void> {
    const used = code !== undefined && (await this.invitations.use(tx, this.hashOf(code), userId, this.clock.now()));
    if (!used) throw invitationRefused();
  }

  private hashOf(code: Uint8Array): Uint8Array {
    return this.crypto.sha256(concat(tag('invitation/v1'), code));
  }
}
