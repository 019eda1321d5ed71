import { equalBytes } from '@sealpost/protocol';

/** How long a client that lost the answer may repeat its last refresh. */
export const REPEAT_WINDOW_MS = 30_000;

/** Active sessions of one account; the longest unused ones make room for new ones. */
export const MAX_SESSIONS_PER_ACCOUNT = 100;

/** One log-in. Times are Unix milliseconds. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Of the newest refresh token. */
  readonly generation: number;
  /** SHA-256 of the newest refresh token; the token itself is nowhere on the server. */
  readonly refreshTokenHash: Uint8Array;
  readonly createdAt: number;
  /** Time of the newest rotation, or of the log-in. */
  readonly refreshedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** An authentic refresh token, and the hash of the one that follows it. */
export interface PresentedToken {
  readonly generation: number;
  readonly hash: Uint8Array;
  readonly successorHash: Uint8Array;
}

/**
 * `rotate`: it is the newest. `repeat`: it is the one before, and its successor was given out a moment ago and to the
 * same request. `ended`: the session is over. `reused`: anything else, i.e. two parties hold tokens of this session.
 */
export type RefreshVerdict = 'rotate' | 'repeat' | 'ended' | 'reused';

// The hashes need no constant time: whoever gets here has shown an authentic token.
export function judgeRefresh(session: Session, token: PresentedToken, now: number): RefreshVerdict {
  if (session.revokedAt !== null || session.expiresAt <= now) return 'ended';
  if (equalBytes(token.hash, session.refreshTokenHash)) return 'rotate';
  const isPredecessor =
    token.generation + 1 === session.generation && equalBytes(token.successorHash, session.refreshTokenHash);
  return isPredecessor && now - session.refreshedAt <= REPEAT_WINDOW_MS ? 'repeat' : 'reused';
}
