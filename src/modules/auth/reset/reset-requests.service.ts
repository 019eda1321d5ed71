import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { isDatabaseUnavailable, Transactions } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import type { Asker } from '../limits/account-limits.service.js';
import { resetOff, tooManyClaims } from '../shared/auth.errors.js';
import { ClaimDelivery } from './claim-delivery.js';
import { ClaimMails } from './claim-mails.service.js';
import { nextDelivery, proofsOf } from './reset-claim.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import { ResetClaims } from './reset-claims.service.js';

/** From when the reset can be carried out. */
export const CLAIM_LIFE_MS = 24 * 3600 * 1000;
/** How long an administrator has to approve. */
const WAIT_FOR_APPROVAL_MS = 7 * 24 * 3600 * 1000;
/** How many may be looked up, stored and mailed at the same time. */
const MOST_UNDER_WAY = 100;

/**
 * Requests for a reset, by callers of whom nothing is known. They are answered before it is looked at whether anybody has
 * the loginId, so that neither the answer nor its time tells.
 */
@Injectable()
export class ResetRequests implements OnApplicationShutdown {
  private readonly logger = new Logger(ResetRequests.name);
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly limits: AccountLimitsService,
    private readonly keys: KeyRegistry,
    private readonly accounts: AccountsRepository,
    private readonly claims: ResetClaimsRepository,
    private readonly resetClaims: ResetClaims,
    private readonly delivery: ClaimDelivery,
    private readonly mails: ClaimMails,
    private readonly lifecycle: AccountLifecycle,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** @throws auth.reset-off, request.rate-limited, server.overloaded */
  async accept(loginId: string, actor: Actor, asker: Asker): Promise<void> {
    if (this.settings.reset === 'off') throw resetOff();
    await this.limits.takeAs('reset', loginId, asker);
    if (this.underWay.size >= MOST_UNDER_WAY) throw tooManyClaims();
    const work = this.carryOut(loginId, actor).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** Waits for what was accepted, so that the database can be closed afterwards. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async carryOut(loginId: string, actor: Actor): Promise<void> {
    try {
      await this.issue(loginId, actor);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.logger.error('A claim could not be made', error);
    }
  }

  private async issue(loginId: string, actor: Actor): Promise<void> {
    const byMail = proofsOf(this.settings.reset).includes('email');
    if (byMail && !this.delivery.reaches(loginId)) return;
    const userId = await this.keys.findUserIdByLoginId(loginId);
    if (userId === null) return;
    const claim = await this.store(this.newClaim(userId, byMail ? loginId : null, actor), loginId, actor);
    if (claim !== null && byMail) await this.mails.mail(claim, loginId);
  }

  private newClaim(userId: string, mailedTo: string | null, { client }: Actor): ResetClaim {
    const requestedAt = this.clock.now();
    const { reset, resetDelaySeconds } = this.settings;
    const availableAt = reset === 'email' ? requestedAt + resetDelaySeconds * 1000 : null;
    const id = randomUUID();
    return {
      id,
      userId,
      tokenHash: mailedTo === null ? null : this.resetClaims.hashOf(mailedTo, this.mails.tokenOf(id)),
      mailed: mailedTo !== null,
      client,
      requestedAt,
      approvedAt: null,
      availableAt,
      expiresAt: availableAt === null ? requestedAt + WAIT_FOR_APPROVAL_MS : availableAt + CLAIM_LIFE_MS,
      // The first attempt follows at once.
      deliverAt: mailedTo === null ? null : nextDelivery(1, requestedAt),
      deliveries: mailedTo === null ? 0 : 1,
    };
  }

  /** null where nothing is to be delivered. The history tells of the first of several: others cannot flood it. */
  private store(claim: ResetClaim, loginId: string, actor: Actor): Promise<ResetClaim | null> {
    const { userId } = claim;
    return this.transactions.run(async (tx) => {
      const account = await this.accounts.lockForNoKeyUpdate(tx, userId);
      if (account === null || account.disabledAt !== null) return null;
      // The account may have moved on since it was looked up.
      if ((await this.keys.findLoginIdIn(tx, userId)) !== loginId) return null;
      const open = await this.claims.listOpen(tx, userId, this.clock.now());
      // One wish is enough for an administrator; each mail has a token of its own, so that none makes another void.
      if (claim.tokenHash === null && open.length > 0) return null;
      await this.claims.add(tx, claim);
      const event = { kind: 'reset-requested', userId, actor, detail: this.settings.reset } as const;
      if (open.length === 0) await this.lifecycle.happened(tx, event);
      return claim;
    });
  }
}
