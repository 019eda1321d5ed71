import { equalBytes } from '@sealpost/protocol';

/** How long a client that lost an answer gets the same refresh token again; later it gets another in its place. */
export const REPEAT_WINDOW_MS = 30_000;

/** So many active sessions an account may have; the longest unused ones make room for new ones. */
export const MAX_SESSIONS_PER_ACCOUNT = 100;

/** One log-in. Times are Unix milliseconds. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The generation of the newest refresh token. */
  readonly generation: number;
  /** SHA-256 of the newest refresh token; the token itself is nowhere on the server. */
  readonly refreshTokenHash: Uint8Array;
  /** RFC 7638 thumbprint of the key that the session is bound to; null where it is bound to none. */
  readonly keyThumbprint: Uint8Array | null;
  readonly createdAt: number;
  /** Time of the newest rotation, or of the log-in. */
  readonly refreshedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** Compares thumbprints, null for no key. They are public: this needs no constant time. */
export function isSameKey(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && equalBytes(a, b));
}

/** An authentic refresh token, and the hashes of those that may follow it. */
export interface PresentedToken {
  readonly generation: number;
  readonly hash: Uint8Array;
  successorAt(generation: number): { readonly hash: Uint8Array };
}

/**
 * `rotate`: it is the newest. `repeat`: it is the one before, and its successor was given out a moment ago and to the
 * same request. `replace`: the same, longer ago, and the successor was never used: its answer was lost, or it is somebody
 * else's. Another successor takes its place, so that whoever holds the first one gives itself away by using it. `ended`:
 * the session is over. `reused`: anything else, i.e. two parties hold tokens of this session.
 */
export type RefreshVerdict = 'rotate' | 'repeat' | 'replace' | 'ended' | 'reused';

// The hashes need no constant time: whoever gets here has shown an authentic token.
export function judgeRefresh(session: Session, token: PresentedToken, now: number): RefreshVerdict {
  if (session.revokedAt !== null || session.expiresAt <= now) return 'ended';
  if (equalBytes(token.hash, session.refreshTokenHash)) return 'rotate';
  const isPredecessor =
    token.generation < session.generation &&
    equalBytes(token.successorAt(session.generation).hash, session.refreshTokenHash);
  if (!isPredecessor) return 'reused';
  return now - session.refreshedAt <= REPEAT_WINDOW_MS ? 'repeat' : 'replace';
}
