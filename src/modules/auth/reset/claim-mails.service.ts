import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { encodeBase64Url } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { Metrics } from '../../../core/metrics/index.js';
import type { Counter } from '../../../core/metrics/index.js';
import { PeriodicWork } from '../../../core/periodic-work.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { ClaimDelivery, ClaimNotDelivered } from './claim-delivery.js';
import type { ClaimToDeliver } from './claim-delivery.js';
import { claimHashBytes, claimTokenBytes, proofsOf } from './reset-claim.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';

/** One mailbox, with nothing in it that a mail server could take for several addresses, a route or a command. */
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
const LONGEST_LOCAL_PART = 64;

/** Whether a normalised loginId is an e-mail address that claims are sent to. */
export function isMailAddress(loginId: string): boolean {
  return loginId.indexOf('@') <= LONGEST_LOCAL_PART && ADDRESS.test(loginId);
}

export interface ClaimMail {
  readonly subject: string;
  readonly text: string;
}

/** Plain text, without links: there is nothing to click on, so nobody learns to click. */
export function claimMailOf(serviceId: string, claim: ClaimToDeliver): ClaimMail {
  const until = new Date(claim.expiresAt).toUTCString();
  const when =
    claim.availableAt === null
      ? 'An administrator of the service has to approve it first.'
      : `It can be used from ${new Date(claim.availableAt).toUTCString()} until\n${until}, once.`;
  const text = `Somebody, probably you, has asked to begin the account
${claim.loginId}
at ${serviceId} anew, because its password and its recovery
words are lost.

The claim token is:

${claim.token}

${when}

Whoever has the token can take the account over. Give it to nobody, and enter it
only in the program that you use for ${serviceId}. A reset makes new keys: messages
that were sent before cannot be read any more, and the people you write to are
warned.

If you did not ask for this, do nothing, or call it off from a device that is
still signed in.
`;
  return { subject: `Claim to your account at ${serviceId}`, text };
}

const INTERVAL_MS = 5000;
const BATCH = 20;

/**
 * Mails claim tokens, again and again until a mail server has taken them. What is to be mailed is stored with the claim,
 * and any replica goes on with it; the token is not stored: it is derived from the claim's id with a secret of the server.
 */
@Injectable()
export class ClaimMails implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ClaimMails.name);
  private readonly delivered: Counter;
  private readonly failed: Counter;
  private readonly work = new PeriodicWork(() => this.mailDue(), {
    everyMs: INTERVAL_MS,
    failure: 'Claims could not be mailed',
  });

  constructor(
    private readonly claims: ResetClaimsRepository,
    private readonly keys: KeyRegistry,
    private readonly delivery: ClaimDelivery,
    private readonly crypto: CryptoService,
    private readonly secrets: ServerSecrets,
    private readonly clock: Clock,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    const mails = metrics.counters({
      name: 'sealpost_reset_mails_total',
      help: 'Attempts to mail the token of a claim to a reset, by their outcome.',
      labels: ['outcome'],
    });
    this.delivered = mails.with({ outcome: 'delivered' });
    this.failed = mails.with({ outcome: 'failed' });
  }

  onApplicationBootstrap(): void {
    if (proofsOf(this.settings.reset).includes('email')) this.work.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.work.stop();
  }

  /** The token of the claim with this id. */
  tokenOf(id: string): Uint8Array {
    return this.crypto.hmacSha256(this.secrets.refreshKey, claimTokenBytes(id));
  }

  /** One attempt. Where it fails, another one follows at the claim's `deliverAt`. */
  async mail({ id, availableAt, expiresAt }: ResetClaim, loginId: string): Promise<void> {
    try {
      await this.delivery.deliver({ loginId, token: encodeBase64Url(this.tokenOf(id)), availableAt, expiresAt });
    } catch (error) {
      this.failed.increment();
      if (!(error instanceof ClaimNotDelivered)) throw error;
      this.logger.warn(error.message);
      return;
    }
    this.delivered.increment();
    await this.claims.settleDelivery(id);
  }

  private async mailDue(): Promise<void> {
    const due = await this.claims.takeDue(this.clock.now(), BATCH);
    await Promise.all(due.map((claim) => this.mailAgain(claim)));
  }

  private async mailAgain(claim: ResetClaim): Promise<void> {
    const loginId = await this.keys.findLoginId(claim.userId);
    // The secrets of the server, or the loginId, may be others by now: the token would not count.
    if (loginId === null || !this.counts(claim, loginId)) await this.claims.settleDelivery(claim.id);
    else await this.mail(claim, loginId);
  }

  private counts({ id, tokenHash }: ResetClaim, loginId: string): boolean {
    const hash = this.crypto.sha256(claimHashBytes(loginId, this.tokenOf(id)));
    return tokenHash !== null && this.crypto.equal(tokenHash, hash);
  }
}
