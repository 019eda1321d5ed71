import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { AccountEvent, Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { claimHashBytes, isAvailable, voucherOf } from './reset-claim.js';
import type { ClaimVoucher, ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import { claimNotReady, claimRefused, resetOff } from './reset.errors.js';

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

/** Claims to the loginIds of accounts: whether they hold, who sees them, who calls them off. */
@Injectable()
export class ResetClaims implements OnModuleInit {
  constructor(
    private readonly claims: ResetClaimsRepository,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly transactions: Transactions,
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

  /** Calls all of them off. May be repeated. */
  async cancel(userId: string, actor: Actor): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.accounts.hold(tx, userId);
      await this.callOff(tx, { userId, actor });
    });
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
