import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../../core/config/index.js';
import { PeriodicWork } from '../../../core/periodic-work.js';
import { DeviceRequestsRepository } from '../devices/device-requests.repository.js';
import { AccountEventsRepository } from '../history/account-events.repository.js';
import { UsedChallengesRepository } from '../proofs/used-challenges.repository.js';
import { InvitationsRepository } from '../registration/invitations.repository.js';
import { ResetClaimsRepository } from '../reset/reset-claims.repository.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';

const INTERVAL_MS = 30_000;
const BATCH = 1000;
const DAY_SECONDS = 86_400;

/** Longer than any challenge is valid, also where the clocks of replicas differ (protocol section 4). */
const USED_CHALLENGES_SECONDS = 120;
/** Longer than any access token lives, since a session's row is what tells other replicas that it was ended. */
const ENDED_SESSIONS_SECONDS = 86_400;
/** Long enough for an administrator to see who used an invitation. */
const EXPIRED_INVITATIONS_SECONDS = 30 * 86_400;
/** Only for replicas whose clocks differ. */
const EXPIRED_DEVICE_REQUESTS_SECONDS = 60;

/** Deletes what is over, in bounded batches. Replicas share the work. */
@Injectable()
export class AuthSweeperService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly sweeps = new PeriodicWork(() => this.sweep(), {
    everyMs: INTERVAL_MS,
    failure: 'Old challenges and sessions could not be deleted',
  });

  constructor(
    private readonly usedChallenges: UsedChallengesRepository,
    private readonly sessions: SessionsRepository,
    private readonly invitations: InvitationsRepository,
    private readonly deviceRequests: DeviceRequestsRepository,
    private readonly resetClaims: ResetClaimsRepository,
    private readonly events: AccountEventsRepository,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  private async sweep(): Promise<void> {
    await this.inBatches(() => this.usedChallenges.deleteOld(USED_CHALLENGES_SECONDS, BATCH));
    await this.inBatches(() => this.sessions.deleteEnded(ENDED_SESSIONS_SECONDS, BATCH));
    await this.inBatches(() => this.sessions.forgetErased(ENDED_SESSIONS_SECONDS, BATCH));
    await this.inBatches(() => this.invitations.deleteExpired(EXPIRED_INVITATIONS_SECONDS, BATCH));
    await this.inBatches(() => this.deviceRequests.deleteExpired(EXPIRED_DEVICE_REQUESTS_SECONDS, BATCH));
    await this.inBatches(() => this.resetClaims.deleteExpired(BATCH));
    await this.sweepEvents(this.settings.accountEventsKeepDays);
  }

  private async sweepEvents(keepDays: number): Promise<void> {
    if (keepDays > 0) await this.inBatches(() => this.events.deleteOld(keepDays * DAY_SECONDS, BATCH));
  }

  private async inBatches(deleteBatch: () => Promise<number>): Promise<void> {
    while (!this.sweeps.signal.aborted && (await deleteBatch()) === BATCH);
  }
}
