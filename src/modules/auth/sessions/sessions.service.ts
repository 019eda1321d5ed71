import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { equalBytes, uuidV7 } from '@sealpost/protocol';
import { sessionEnded } from '../../../core/accounts/index.js';
import type { AccountEvent, Actor } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { AccessTokensService } from '../access-tokens/access-tokens.service.js';
import type { AccessToken } from '../access-tokens/access-tokens.service.js';
import { SESSION_END_REASONS } from '../history/account-event.js';
import { AccountEvents } from '../history/account-events.service.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import type { AuthenticToken } from './refresh-tokens.service.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { judgeRefresh, MAX_SESSIONS_PER_ACCOUNT } from './session.js';
import type { Session } from './session.js';
import { refreshRefused, refreshReused, sessionNotFound } from './sessions.errors.js';
import { SessionsRepository } from './sessions.repository.js';

const DAY_MS = 86_400_000;

export interface Tokens extends AccessToken {
  readonly refreshToken: Uint8Array;
  /** Unix time in milliseconds. */
  readonly refreshTokenExpiresAt: number;
}

export interface OpenedSession {
  readonly sessionId: string;
  readonly tokens: Tokens;
  /** Older sessions that had to make room; to be told to `RevocationFeedService` once the transaction is committed. */
  readonly ended: readonly string[];
}

@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly refreshTokens: RefreshTokensService,
    private readonly accessTokens: AccessTokensService,
    private readonly revocations: RevocationFeedService,
    private readonly transactions: Transactions,
    private readonly events: AccountEvents,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * @param actor whose request it is; what makes room for the session is in the history as done by it
   * @param seed a secret of the client's, where it may ask for the same first tokens again: `firstTokensAgain`
   */
  async open(tx: Transaction, userId: string, name: string, actor: Actor, seed?: Uint8Array): Promise<OpenedSession> {
    const now = this.clock.now();
    const sessionId = uuidV7(now, randomBytes(10));
    const { token, hash } = this.refreshTokens.makeFirst(sessionId, seed);
    const expiresAt = this.expiryFrom(now);
    await this.sessions.add(tx, {
      id: sessionId,
      userId,
      name,
      generation: 0,
      refreshTokenHash: hash,
      createdAt: now,
      refreshedAt: now,
      expiresAt,
      revokedAt: null,
    });
    const ended = await this.sessions.revokeOfUser(tx, userId, MAX_SESSIONS_PER_ACCOUNT);
    for (const otherSessionId of ended) {
      const end = { kind: 'session-ended', detail: SESSION_END_REASONS.evicted, otherSessionId } as const;
      await this.events.record(tx, { ...end, userId, actor: { ...actor, sessionId } });
    }
    return { sessionId, tokens: this.tokensOf(userId, sessionId, token, expiresAt), ended };
  }

  /** null where the session is over, was refreshed, or was not opened with this seed. */
  async firstTokensAgain(sessionId: string, seed: Uint8Array): Promise<Tokens | null> {
    const session = await this.sessions.find(sessionId);
    const { token, hash } = this.refreshTokens.makeFirst(sessionId, seed);
    const isFirst = session !== null && session.revokedAt === null && equalBytes(session.refreshTokenHash, hash);
    return isFirst ? this.tokensOf(session.userId, sessionId, token, session.expiresAt) : null;
  }

  async refresh(token: Uint8Array, actor: Actor): Promise<Tokens> {
    const presented = this.refreshTokens.read(token);
    if (presented === null) throw refreshRefused();
    // The second round is for the one of two equal requests that came too late to rotate: it is a repetition now.
    const tokens = (await this.tryRefresh(presented)) ?? (await this.tryRefresh(presented)) ?? 'reused';
    return tokens === 'reused' ? this.endReused(presented, actor) : tokens;
  }

  /** The most recently used first. */
  list(userId: string): Promise<Session[]> {
    return this.sessions.findActive(userId, this.clock.now());
  }

  async revoke(userId: string, sessionId: string, actor: Actor): Promise<void> {
    if (sessionId === actor.sessionId) return this.logOut(userId, sessionId, actor);
    const event = { kind: 'session-ended', otherSessionId: sessionId, detail: SESSION_END_REASONS.revoked } as const;
    if (!(await this.end({ ...event, userId, actor }, sessionId))) throw sessionNotFound();
    this.revocations.add([sessionId]);
  }

  /** The session's own wish; the same where another replica has just ended it. */
  async logOut(userId: string, sessionId: string, actor: Actor): Promise<void> {
    await this.end({ kind: 'logged-out', userId, actor }, sessionId);
    this.revocations.add([sessionId]);
  }

  /** False where the user has no such session, or no more: then there is nothing to tell. */
  private end(event: AccountEvent, sessionId: string): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const revoked = await this.sessions.revoke(tx, event.userId, sessionId);
      if (revoked) await this.events.record(tx, event);
      return revoked;
    });
  }

  /** null: another request rotated the token in the meantime. */
  private async tryRefresh(presented: AuthenticToken): Promise<Tokens | 'reused' | null> {
    const session = await this.sessions.find(presented.sessionId);
    if (session === null) throw sessionEnded();
    const now = this.clock.now();
    switch (judgeRefresh(session, presented, now)) {
      case 'ended':
        throw sessionEnded();
      case 'reused':
        return 'reused';
      case 'repeat':
        return this.tokensOf(session.userId, session.id, presented.successor, session.expiresAt);
      case 'rotate': {
        const expiresAt = this.expiryFrom(now);
        const rotation = { from: presented.hash, to: presented.successorHash, refreshedAt: now, expiresAt };
        if (!(await this.sessions.rotate(session.id, rotation))) return null;
        return this.tokensOf(session.userId, session.id, presented.successor, expiresAt);
      }
    }
  }

  private async endReused({ sessionId }: AuthenticToken, actor: Actor): Promise<never> {
    const session = await this.sessions.find(sessionId);
    if (session === null) throw sessionEnded();
    const detail = SESSION_END_REASONS.refreshTokenReused;
    const event = { kind: 'session-ended', otherSessionId: sessionId, detail, userId: session.userId, actor } as const;
    await this.end(event, sessionId);
    this.revocations.add([sessionId]);
    throw refreshReused();
  }

  private tokensOf(userId: string, sessionId: string, refreshToken: Uint8Array, expiresAt: number): Tokens {
    return { ...this.accessTokens.issue(userId, sessionId), refreshToken, refreshTokenExpiresAt: expiresAt };
  }

  private expiryFrom(now: number): number {
    return now + this.settings.sessionDays * DAY_MS;
  }
}
