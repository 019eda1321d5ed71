import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { AccountEvent, Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { Caller } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { SigningProofs } from '../proofs/signing-proofs.service.js';
import { claimNotReady, claimRefused, resetOff } from '../shared/auth.errors.js';
import { claimHashBytes, type ClaimVoucher, isAvailable, type ResetClaim, voucherOf } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';

/**
 * What only somebody does who has the password or the recovery key, hence has not lost everything. Whoever asks for a
 * reset meanwhile is somebody else, or does not need it any more. A claim to a loginId that the account has left could
 * not count anyway.
 */
const SHOWS_THE_OWNER: ReadonlySet<AccountEventKind> = new Set([
  'password-changed',
  'login-id-changed',
  'recovered',
  'recovery-key-replaced',
  'rekeyed',
] as const);

/** Nothing of it is verified yet. */
export interface CancellationOfResets {
  readonly challenge: Uint8Array;
  /** By the newest signing key of the account. */
  readonly proof: Uint8Array;
}

/** Claims to the loginIds of accounts: whether they hold, who sees them, who calls them off. */
@Injectable()
export class ResetClaims implements OnModuleInit {
  constructor(
    private readonly claims: ResetClaimsRepository,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly proofs: SigningProofs,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onEvent((tx, event) => this.callOffWhereNotNeeded(tx, event));
  }

  hashOf(loginId: string, token: Uint8Array): Uint8Array {
    return this.crypto.sha256(claimHashBytes(loginId, token));
  }

  /**
   * The claim that the token stands for, where the loginId is still the user's.
   * @throws auth.reset-off, auth.claim-refused
   */
  async get(loginId: string, token: Uint8Array): Promise<ResetClaim> {
    if (this.settings.reset === 'off') throw resetOff();
    const tokenHash = this.hashOf(loginId, token);
    const claim = await this.claims.findByHash(tokenHash);
    if (claim === null) throw claimRefused();
    const same = claim.tokenHash !== null && this.crypto.equal(claim.tokenHash, tokenHash);
    if (!same || claim.expiresAt <= this.clock.now()) throw claimRefused();
    if ((await this.keys.findLoginId(claim.userId)) !== loginId) throw claimRefused();
    return claim;
  }

  /**
   * Who vouches for the claim, where that is enough and the time has come.
   * @throws auth.claim-not-ready, auth.claim-refused
   */
  requireReady(claim: ResetClaim): ClaimVoucher {
    const now = this.clock.now();
    const voucher = voucherOf(claim, this.settings.reset);
    if (voucher !== null && isAvailable(claim, now)) return voucher;
    if (claim.expiresAt <= now) throw claimRefused();
    throw claimNotReady(voucher === null ? null : claim.availableAt);
  }

  /** What the owner of the account sees of them. */
  listPending(userId: string): Promise<ResetClaim[]> {
    return this.claims.findOpen(userId, this.clock.now());
  }

  /**
   * Action `cancel-resets`: calls all of them off. By a signing key, as who has forgotten the password has one on a device
   * that is signed in; an access token alone must not keep the owner from the way back.
   */
  async cancelProven(
    { userId, sessionId }: Caller,
    { challenge, proof }: CancellationOfResets,
    actor: Actor,
  ): Promise<void> {
    await this.proofs.runSigned({ userId, sessionId, action: 'cancel-resets', challenge, proof }, (tx) =>
      this.cancel(tx, userId, actor),
    );
  }

  /** For whoever has shown to be allowed to. May be repeated. */
  async cancel(tx: Transaction, userId: string, actor: Actor): Promise<void> {
    await this.accounts.lockForNoKeyUpdate(tx, userId);
    await this.callOff(tx, { userId, actor });
  }

  /** In the transaction of the change, which holds the account. */
  private async callOffWhereNotNeeded(tx: Transaction, { kind, userId, actor }: AccountEvent): Promise<void> {
    if (SHOWS_THE_OWNER.has(kind)) await this.callOff(tx, { userId, actor, detail: kind });
  }

  /** Only for an account that the transaction holds. */
  private async callOff(tx: Transaction, event: Omit<AccountEvent, 'kind'>): Promise<void> {
    const cancelled = await this.claims.deleteOf(tx, event.userId, this.clock.now());
    if (cancelled > 0) await this.lifecycle.happened(tx, { ...event, kind: 'reset-cancelled' });
  }
}
