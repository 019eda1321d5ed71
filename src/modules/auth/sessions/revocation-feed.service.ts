import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { sessionEnded, SessionRevocations } from '../../../core/accounts/index.js';
import type { SessionOfUser } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { PeriodicWork } from '../../../core/periodic-work.js';
import { VerifiedTokens } from '../access-tokens/verified-tokens.cache.js';
import { isSameKey } from './session.js';
import { SessionsRepository } from './sessions.repository.js';

/** Sessions that were ended so recently that access tokens of theirs may still be unexpired. */
export class RevokedSessions {
  /** Until when each has to be remembered, in Unix milliseconds; in the order of being added. */
  private readonly forgetAt = new Map<string, number>();

  /** @param memoryMs at least the life of an access token */
  constructor(private readonly memoryMs: number) {}

  get size(): number {
    return this.forgetAt.size;
  }

  has(sessionId: string): boolean {
    return this.forgetAt.has(sessionId);
  }

  /** False where it was known already. */
  add(sessionId: string, now: number): boolean {
    if (this.forgetAt.has(sessionId)) return false;
    this.forgetAt.set(sessionId, now + this.memoryMs);
    return true;
  }

  forgetOld(now: number): void {
    for (const [sessionId, forgetAt] of this.forgetAt) {
      if (forgetAt > now) return;
      this.forgetAt.delete(sessionId);
    }
  }
}

const POLL_MS = 2000;
/** Revocations may be committed up to the longest transaction (15 s) after the time that they carry. */
const OVERLAP_SECONDS = 30;
/** Access tokens may be signed a moment after the revocation that they lost the race to, and clocks differ a little. */
const MARGIN_SECONDS = 60;
/** After this long without an answer of the database, each request asks it itself. */
const STALE_MS = 10_000;
/** How many sessions that go on are remembered. */
const KNOWN_SESSIONS = 50_000;

/** What an access token says of its session. */
interface TokenOfSession extends SessionOfUser {
  /** Thumbprint of the key that it is bound to; null: of none. */
  readonly sessionKey: Uint8Array | null;
}

/** A session that the database was asked about. */
interface KnownSession {
  readonly userId: string;
  readonly sessionKey: Uint8Array | null;
  /** When it is to be asked again, in Unix milliseconds. */
  readonly askAt: number;
}

/**
 * Which sessions are, and which were ended, by any replica or by the administrator's command, while access tokens of
 * theirs may still be unexpired. Kept in memory, so that the database is asked about a session once in a while and not
 * at each request. It is asked at all because a token is only what somebody has signed who has the signing key.
 */
@Injectable()
export class RevocationFeedService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly memorySeconds: number;
  private readonly revoked: RevokedSessions;
  private readonly known = new LRUCache<string, KnownSession>({ max: KNOWN_SESSIONS });
  /** When the newest successful poll began; null before the first. */
  private polledAt: number | null = null;
  private readonly polls = new PeriodicWork(() => this.poll(), {
    everyMs: POLL_MS,
    failure: 'Ended sessions could not be read',
  });

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly tokens: VerifiedTokens,
    private readonly clock: Clock,
    private readonly sessionRevocations: SessionRevocations,
    settings: Settings,
  ) {
    this.memorySeconds = settings.accessTokenSeconds + MARGIN_SECONDS;
    this.revoked = new RevokedSessions(this.memorySeconds * 1000);
  }

  /** The first poll looks back over the whole life of an access token, before the server listens. */
  onApplicationBootstrap(): Promise<void> {
    return this.polls.startNow();
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
      this.sessionRevocations.ended(sessionId);
    }
  }

  /**
   * Throws auth.session-ended, also where there is no such session, or where it is not this user's or not bound to the key
   * that its token says. Where the database has not answered for too long, it asks for each request, and fails where that
   * gets no answer either: a session that may have been ended is not served.
   */
  async requireActive({ userId, sessionId, sessionKey }: TokenOfSession): Promise<void> {
    if (this.revoked.has(sessionId)) throw sessionEnded();
    const now = this.clock.now();
    const known = this.known.get(sessionId);
    const isNews = this.polledAt !== null && now - this.polledAt <= STALE_MS;
    const isKnown = known?.userId === userId && isSameKey(known.sessionKey, sessionKey);
    if (isNews && isKnown && known.askAt > now) return;
    const endsAt = await this.sessions.findEndOfActive(userId, sessionId, sessionKey);
    // The session may have been ended while the answer was on its way.
    if (endsAt === null || this.revoked.has(sessionId)) throw sessionEnded();
    // No end is remembered for longer than this: whoever knew of the session longer would miss an older one.
    this.known.set(sessionId, { userId, sessionKey, askAt: Math.min(endsAt, now + this.memorySeconds * 1000) });
  }

  private async poll(): Promise<void> {
    const now = this.clock.now();
    this.add(await this.sessions.findRevokedWithin(this.lookBackSeconds(now)));
    this.revoked.forgetOld(now);
    this.polledAt = now;
  }

  private lookBackSeconds(now: number): number {
    if (this.polledAt === null) return this.memorySeconds;
    return Math.min(this.memorySeconds, (now - this.polledAt) / 1000 + OVERLAP_SECONDS);
  }
}
