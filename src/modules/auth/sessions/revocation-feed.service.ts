import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { sessionEnded, SessionEnds } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { isDatabaseUnavailable } from '../../../core/database/index.js';
import { PeriodicWork } from '../../../core/periodic-work.js';
import { VerifiedTokens } from '../access-tokens/verified-tokens.js';
import { RevokedSessions } from './revoked-sessions.js';
import { SessionsRepository } from './sessions.repository.js';

const POLL_MS = 2000;
/** Revocations may be committed up to the longest transaction (15 s) after the time that they carry. */
const OVERLAP_SECONDS = 30;
/** Access tokens may be signed a moment after the revocation that they lost the race to, and clocks differ a little. */
const MARGIN_SECONDS = 60;
/** After this long without news, each request asks the database itself. */
const STALE_MS = 10_000;

/**
 * Which sessions were ended, by any replica or by the administrator's command, while access tokens of theirs may still
 * be unexpired. Kept in memory, so that requests do not have to ask the database.
 */
@Injectable()
export class RevocationFeedService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RevocationFeedService.name);
  private readonly memorySeconds: number;
  private readonly revoked: RevokedSessions;
  /** When the newest successful poll began; null before the first. */
  private polledAt: number | null = null;
  private readonly polls = new PeriodicWork(() => this.poll(), POLL_MS);

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly tokens: VerifiedTokens,
    private readonly clock: Clock,
    private readonly sessionEnds: SessionEnds,
    settings: Settings,
  ) {
    this.memorySeconds = settings.accessTokenSeconds + MARGIN_SECONDS;
    this.revoked = new RevokedSessions(this.memorySeconds * 1000);
  }

  onModuleInit(): void {
    this.sessionEnds.holdBy(async (tx, sessionId) => {
      if (!(await this.sessions.hold(tx, sessionId))) throw sessionEnded();
    });
  }

  /** The first poll looks back over the whole life of an access token, before the server listens. */
  async onApplicationBootstrap(): Promise<void> {
    await this.poll();
    this.polls.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.polls.stop();
  }

  /** Takes effect at once here, and within seconds on other replicas. */
  add(sessionIds: readonly string[]): void {
    const now = this.clock.now();
    for (const sessionId of sessionIds) {
      if (!this.revoked.add(sessionId, now)) continue;
      this.tokens.dropSession(sessionId);
      this.sessionEnds.ended(sessionId);
    }
  }

  /**
   * Throws auth.session-ended. Where news has been missing for too long it asks the database, and fails where that
   * cannot be asked either: a session that may have been ended is not served.
   */
  async requireActive(sessionId: string): Promise<void> {
    if (this.revoked.has(sessionId)) throw sessionEnded();
    if (this.polledAt !== null && this.clock.now() - this.polledAt <= STALE_MS) return;
    if (!(await this.sessions.isActive(sessionId))) throw sessionEnded();
  }

  private async poll(): Promise<void> {
    const now = this.clock.now();
    try {
      this.add(await this.sessions.findRevokedWithin(this.lookBackSeconds(now)));
      this.revoked.forgetOld(now);
      this.polledAt = now;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.logger.error('Ended sessions could not be read', error);
    }
  }

  private lookBackSeconds(now: number): number {
    if (this.polledAt === null) return this.memorySeconds;
    return Math.min(this.memorySeconds, (now - this.polledAt) / 1000 + OVERLAP_SECONDS);
  }
}
