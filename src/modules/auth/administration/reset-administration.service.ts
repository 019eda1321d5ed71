import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { encodeBase64Url } from '@sealpost/protocol';
import { AccountLifecycle, NO_ACTOR } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { CLAIM_TOKEN_BYTES } from '../reset/reset-claim.js';
import { ResetClaimsRepository } from '../reset/reset-claims.repository.js';
import type { Approval } from '../reset/reset-claims.repository.js';
import { ResetClaims } from '../reset/reset-claims.service.js';
import { CLAIM_LIFE_MS } from '../reset/reset-requests.service.js';
import { accountDisabled, accountNotFound, nothingToApprove } from '../shared/auth.errors.js';

/** What an administrator approves. */
export interface ApprovedReset {
  /** base64url, to be handed to the owner of the account in person; null where the owner has one from a mail. */
  readonly token: string | null;
  /** Unix milliseconds. */
  readonly availableAt: number;
  readonly expiresAt: number;
}

export interface WaitingReset {
  readonly loginId: string;
  /** Unix milliseconds. */
  readonly requestedAt: number;
  readonly client: string | null;
}

const MOST_LISTED = 1000;

/** What an administrator does about resets, in a process of its own beside running servers. */
@Injectable()
export class ResetAdministration {
  constructor(
    private readonly claims: ResetClaimsRepository,
    private readonly resetClaims: ResetClaims,
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly lifecycle: AccountLifecycle,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** The oldest first. */
  async list(): Promise<WaitingReset[]> {
    const waiting: WaitingReset[] = [];
    for (const { userId, requestedAt, client } of await this.claims.findUnapproved(this.clock.now(), MOST_LISTED)) {
      const loginId = await this.keys.findLoginId(userId);
      if (loginId !== null) waiting.push({ loginId, requestedAt, client });
    }
    return waiting;
  }

  /** Vouches that whoever asks is the owner of the loginId. From then on the delay counts. */
  async approve(loginId: string): Promise<ApprovedReset> {
    const { reset, resetDelaySeconds } = this.settings;
    if (reset !== 'approval' && reset !== 'both') throw nothingToApprove('no-approval-here');
    const userId = await this.getUserId(loginId);
    const approvedAt = this.clock.now();
    const availableAt = approvedAt + resetDelaySeconds * 1000;
    const approval = { approvedAt, availableAt, expiresAt: availableAt + CLAIM_LIFE_MS };
    return this.transactions.run(async (tx) => {
      const account = await this.accounts.lockForNoKeyUpdate(tx, userId);
      if (account?.disabledAt !== null) throw accountDisabled();
      // A token for a loginId that the account has just left would not count.
      if ((await this.keys.findLoginIdIn(tx, userId)) !== loginId) throw accountNotFound();
      const token = reset === 'both' ? null : await this.issue(tx, { userId, loginId }, approval);
      if (token === null && (await this.claims.approve(tx, userId, approval)) === 0) {
        throw nothingToApprove('nobody-asked');
      }
      await this.lifecycle.happened(tx, { kind: 'reset-approved', userId, actor: NO_ACTOR });
      return { token, availableAt, expiresAt: approval.expiresAt };
    });
  }

  /** Calls everything off that was asked for. May be repeated. */
  async reject(loginId: string): Promise<void> {
    const userId = await this.getUserId(loginId);
    await this.transactions.run((tx) => this.resetClaims.cancel(tx, userId, NO_ACTOR));
  }

  /** Makes a claim in place of whatever was asked for or approved before. @returns the token */
  private async issue(
    tx: Transaction,
    { userId, loginId }: { readonly userId: string; readonly loginId: string },
    approval: Approval,
  ): Promise<string> {
    const token = randomBytes(CLAIM_TOKEN_BYTES);
    const [asked] = await this.claims.listOpen(tx, userId, approval.approvedAt);
    await this.claims.deleteOf(tx, userId, approval.approvedAt);
    await this.claims.add(tx, {
      id: randomUUID(),
      userId,
      tokenHash: this.resetClaims.hashOf(loginId, token),
      mailed: false,
      client: asked?.client ?? null,
      requestedAt: asked?.requestedAt ?? approval.approvedAt,
      ...approval,
      deliverAt: null,
      deliveries: 0,
    });
    return encodeBase64Url(token);
  }

  private async getUserId(loginId: string): Promise<string> {
    const userId = await this.keys.findUserIdByLoginId(loginId);
    if (userId === null) throw accountNotFound();
    return userId;
  }
}
