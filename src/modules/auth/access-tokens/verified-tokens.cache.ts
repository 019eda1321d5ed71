import { LRUCache } from 'lru-cache';

/** What a verified access token says. */
export interface VerifiedToken {
  readonly userId: string;
  readonly sessionId: string;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
  /** Thumbprint of the key that the session is bound to; null where it is bound to none. */
  readonly sessionKey: Uint8Array | null;
}

const DEFAULT_CAPACITY = 10_000;

/**
 * Access tokens whose signatures were verified before, since verifying is the largest cost of most requests. The whole
 * token is the key, so no other token can take its place.
 */
export class VerifiedTokens {
  private readonly tokens: LRUCache<string, VerifiedToken>;
  private readonly bySession = new Map<string, Set<string>>();

  constructor(capacity = DEFAULT_CAPACITY) {
    const dispose = ({ sessionId }: VerifiedToken, token: string): void => this.forget(token, sessionId);
    this.tokens = new LRUCache({ max: capacity, dispose });
  }

  get size(): number {
    return this.tokens.size;
  }

  /** Never answers with one that has expired at `now`. */
  find(token: string, now: number): VerifiedToken | null {
    const verified = this.tokens.get(token);
    if (verified === undefined) return null;
    if (verified.expiresAt > now) return verified;
    this.tokens.delete(token);
    return null;
  }

  remember(token: string, verified: VerifiedToken): void {
    this.tokens.set(token, verified);
    const ofSession = this.bySession.get(verified.sessionId);
    if (ofSession === undefined) this.bySession.set(verified.sessionId, new Set([token]));
    else ofSession.add(token);
  }

  dropSession(sessionId: string): void {
    for (const token of this.bySession.get(sessionId) ?? []) this.tokens.delete(token);
  }

  private forget(token: string, sessionId: string): void {
    const ofSession = this.bySession.get(sessionId);
    ofSession?.delete(token);
    if (ofSession?.size === 0) this.bySession.delete(sessionId);
  }
}
