import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { equalBytes, uuidV7 } from '@sealpost/protocol';
import { AccountLifecycle, OwnerProofs, sessionEnded } from '../../../core/accounts/index.js';
import type { AccountEvent, Actor, OwnerProof } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { AccessTokensService } from '../access-tokens/access-tokens.service.js';
import type { AccessToken } from '../access-tokens/access-tokens.service.js';
import { DpopService } from '../dpop/dpop.service.js';
import { SESSION_END_REASONS } from '../history/account-events.repository.js';
import { KnownDevices } from '../limits/known-devices.service.js';
import { refreshRefused, refreshReused, sessionNotFound } from '../shared/auth.errors.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import type { AuthenticToken, HashedToken } from './refresh-tokens.service.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { judgeRefresh, MAX_SESSIONS_PER_ACCOUNT } from './session.js';
import type { Session } from './session.js';
import { SessionsRepository } from './sessions.repository.js';

const DAY_MS = 86_400_000;

export interface Tokens extends AccessToken {
  readonly refreshToken: Uint8Array;
  /** Unix time in milliseconds. */
  readonly refreshTokenExpiresAt: number;
  /** By which the client is known later on. */
  readonly deviceToken: Uint8Array;
}

/** What a client says of the session that it wants. */
export interface NewSession {
  readonly name: string;
  /** Thumbprint of the key that it is to be bound to. */
  readonly keyThumbprint: Uint8Array | null;
}

export interface OpenedSession {
  readonly sessionId: string;
  readonly tokens: Tokens;
  /** Older sessions that had to make room; to be told to `RevocationFeedService` once the transaction is committed. */
  readonly ended: readonly string[];
}

/** A session that its user wants to end. Nothing of it is verified yet. */
export interface Revocation {
  readonly userId: string;
  readonly sessionId: string;
  readonly proof: OwnerProof;
}

@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly refreshTokens: RefreshTokensService,
    private readonly accessTokens: AccessTokensService,
    private readonly revocations: RevocationFeedService,
    private readonly transactions: Transactions,
    private readonly lifecycle: AccountLifecycle,
    private readonly dpop: DpopService,
    private readonly owners: OwnerProofs,
    private readonly devices: KnownDevices,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * @param actor whose request it is; what makes room for the session is in the history as done by it
   * @param seed a secret of the client's, where it may ask for the same first tokens again: `firstTokensAgain`
   */
  async open(
    tx: Transaction,
    userId: string,
    { name, keyThumbprint }: NewSession,
    actor: Actor,
    seed?: Uint8Array,
  ): Promise<OpenedSession> {
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
      keyThumbprint,
      createdAt: now,
      refreshedAt: now,
      expiresAt,
      revokedAt: null,
    });
    const ended = await this.sessions.revokeOfUser(tx, userId, MAX_SESSIONS_PER_ACCOUNT);
    for (const otherSessionId of ended) {
      const end = { kind: 'session-ended', detail: SESSION_END_REASONS.evicted, otherSessionId } as const;
      await this.lifecycle.happened(tx, { ...end, userId, actor: { ...actor, sessionId } });
    }
    const tokens = this.tokensOf({ id: sessionId, userId, keyThumbprint }, token, expiresAt);
    return { sessionId, tokens, ended };
  }

  /** null where the session is over, was refreshed, or was not opened with this seed. */
  async firstTokensAgain(sessionId: string, seed: Uint8Array): Promise<Tokens | null> {
    const session = await this.sessions.find(sessionId);
    const { token, hash } = this.refreshTokens.makeFirst(sessionId, seed);
    const isFirst = session !== null && session.revokedAt === null && equalBytes(session.refreshTokenHash, hash);
    return isFirst ? this.tokensOf(session, token, session.expiresAt) : null;
  }

  /** Without the proof that a bound session owes, nothing happens to it, however old the token is. */
  async refresh(token: Uint8Array, proof: PresentedProof, actor: Actor): Promise<Tokens> {
    const presented = this.refreshTokens.read(token);
    if (presented === null) throw refreshRefused();
    const session = await this.getSession(presented);
    this.dpop.requireOfSession(proof, session.keyThumbprint);
    // The second round is for the one of two equal requests that came too late to rotate: it is a repetition now.
    const first = await this.tryRefresh(session, presented);
    const tokens = first ?? (await this.tryRefresh(await this.getSession(presented), presented)) ?? 'reused';
    return tokens === 'reused' ? this.endReused(presented, actor) : tokens;
  }

  /** The most recently used first. */
  list(userId: string): Promise<Session[]> {
    return this.sessions.findActive(userId, this.clock.now());
  }

  /** Its own session ends by its own token. Another one takes a proof, or a thief's token ends all the owner's sessions. */
  async revoke({ userId, sessionId, proof }: Revocation, actor: Actor): Promise<void> {
    if (sessionId === actor.sessionId) return this.logOut(userId, sessionId, actor);
    const event = { kind: 'session-ended', otherSessionId: sessionId, detail: SESSION_END_REASONS.revoked } as const;
    await this.owners.run({ userId, action: 'end-session', subject: sessionId, proof }, async (tx) => {
      if (!(await this.end(tx, { ...event, userId, actor }, sessionId))) throw sessionNotFound();
    });
    this.revocations.add([sessionId]);
  }

  /** The session's own wish; the same where another replica has just ended it. */
  async logOut(userId: string, sessionId: string, actor: Actor): Promise<void> {
    await this.transactions.run((tx) => this.end(tx, { kind: 'logged-out', userId, actor }, sessionId));
    this.revocations.add([sessionId]);
  }

  /** False where the user has no such session, or no more: then there is nothing to tell. */
  private async end(tx: Transaction, event: AccountEvent, sessionId: string): Promise<boolean> {
    const revoked = await this.sessions.revoke(tx, event.userId, sessionId);
    if (revoked) await this.lifecycle.happened(tx, event);
    return revoked;
  }

  /** null: another request rotated the token in the meantime. */
  private async tryRefresh(session: Session, presented: AuthenticToken): Promise<Tokens | 'reused' | null> {
    const now = this.clock.now();
    const tokens = ({ token }: HashedToken, expiresAt: number): Tokens => this.tokensOf(session, token, expiresAt);
    switch (judgeRefresh(session, presented, now)) {
      case 'ended':
        throw sessionEnded();
      case 'reused':
        return 'reused';
      case 'repeat':
        return tokens(presented.successorAt(session.generation), session.expiresAt);
      case 'rotate':
      case 'replace': {
        const expiresAt = this.expiryFrom(now);
        const successor = presented.successorAt(session.generation + 1);
        const rotation = { from: session.refreshTokenHash, to: successor.hash, refreshedAt: now, expiresAt };
        return (await this.sessions.rotate(session.id, rotation)) ? tokens(successor, expiresAt) : null;
      }
    }
  }

  private async getSession({ sessionId }: AuthenticToken): Promise<Session> {
    const session = await this.sessions.find(sessionId);
    if (session === null) throw sessionEnded();
    return session;
  }

  private async endReused(token: AuthenticToken, actor: Actor): Promise<never> {
    const { id: sessionId, userId } = await this.getSession(token);
    const detail = SESSION_END_REASONS.refreshTokenReused;
    const event = { kind: 'session-ended', otherSessionId: sessionId, detail, userId, actor } as const;
    await this.transactions.run((tx) => this.end(tx, event, sessionId));
    this.revocations.add([sessionId]);
    throw refreshReused();
  }

  private tokensOf(
    { id, userId, keyThumbprint }: Pick<Session, 'id' | 'userId' | 'keyThumbprint'>,
    refreshToken: Uint8Array,
    expiresAt: number,
  ): Tokens {
    const accessToken = this.accessTokens.issue(userId, id, keyThumbprint);
    const deviceToken = this.devices.issue(userId, id);
    return { ...accessToken, refreshToken, refreshTokenExpiresAt: expiresAt, deviceToken };
  }

  private expiryFrom(now: number): number {
    return now + this.settings.sessionDays * DAY_MS;
  }
}
