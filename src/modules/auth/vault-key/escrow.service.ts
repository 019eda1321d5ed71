import { Injectable } from '@nestjs/common';
import { encodeAddEscrowFields, equalBytes, escrowKeyBytes } from '@sealpost/protocol';
import type { AccountEventKind } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { StartError } from '../../../core/start-error.js';
import { changeOf, CredentialChanges } from '../credentials/credential-changes.service.js';
import type { ChangeRequest } from '../credentials/credential-changes.service.js';
import { escrowConflict, escrowFormatUnknown, escrowRefused } from '../shared/auth.errors.js';
import { EscrowsRepository } from './escrows.repository.js';
import type { EscrowWrap } from './escrows.repository.js';

/** An escrow as a client asks for it. Nothing of it is verified yet. */
export interface NewEscrow extends ChangeRequest {
  readonly escrow: EscrowWrap;
}

/** Format byte of an escrow unlock (protocol section 6). */
const FORMAT = 1;

/** Accounts that their owners have put into the escrow that the operator offers. */
@Injectable()
export class EscrowService {
  /** The hash of the key that is offered; null where none is. */
  private readonly offered: Uint8Array | null;

  constructor(
    settings: Settings,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly changes: CredentialChanges,
    private readonly escrows: EscrowsRepository,
  ) {
    this.offered = this.fingerprintOf(settings.escrowPublicKey);
  }

  /** What can be refused without the database. */
  requireOffered({ fingerprint, unlock }: EscrowWrap): void {
    if (unlock[0] !== FORMAT) throw escrowFormatUnknown();
    if (this.offered === null || !equalBytes(this.offered, fingerprint)) throw escrowRefused();
  }

  /**
   * Action `add-escrow`. Sessions, keys and unlocks stay as they are, and so does the vault key: hence an account in the
   * escrow of another key does not leave it this way.
   * @throws auth.escrow-conflict
   * @returns the new credentialVersion
   */
  async add(userId: string, request: NewEscrow, actor: Actor): Promise<number> {
    const { credentialVersion, escrow } = request;
    this.requireOffered(escrow);
    const { fingerprint, unlock: escrowUnlock } = escrow;
    const fields = encodeAddEscrowFields({ userId, credentialVersion, fingerprint, escrowUnlock });
    return this.changes.replaceAsOwner(changeOf('add-escrow', userId, request, fields), async (tx) => {
      const before = await this.escrows.findIn(tx, userId);
      if (before !== null && !equalBytes(before.fingerprint, fingerprint)) throw escrowConflict();
      const events = await this.replace(tx, userId, escrow);
      return { credentials: {}, actor, endsOtherSessions: false, events: events.map((kind) => ({ kind })) };
    });
  }

  /**
   * Puts an escrow, or none, in the place of what there was. Where that was another one, only together with a new vault
   * key. Only for an account that the transaction holds.
   * @returns what the history is to tell; nothing where the same escrow key goes on to hold the account
   */
  async replace(tx: Transaction, userId: string, wrap: EscrowWrap | undefined): Promise<readonly AccountEventKind[]> {
    const before = await this.escrows.findIn(tx, userId);
    if (wrap === undefined) await this.escrows.remove(tx, userId);
    else await this.escrows.put(tx, userId, wrap, this.clock.now());
    const same = before !== null && wrap !== undefined && equalBytes(before.fingerprint, wrap.fingerprint);
    if (same) return [];
    const removed = before === null ? [] : (['escrow-removed'] as const);
    return wrap === undefined ? removed : [...removed, 'escrow-added'];
  }

  private fingerprintOf(escrowPublicKey: Uint8Array | undefined): Uint8Array | null {
    if (escrowPublicKey === undefined) return null;
    const refusal = this.crypto.checkXWingPublicKey(escrowPublicKey);
    if (refusal !== null) {
      throw new StartError(`SEALPOST_ESCROW_PUBLIC_KEY is not a valid X-Wing public key (${refusal}).`);
    }
    return this.crypto.sha256(escrowKeyBytes(escrowPublicKey));
  }
}
