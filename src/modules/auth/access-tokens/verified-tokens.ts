/** What a verified access token says. */
export interface VerifiedToken {
  readonly userId: string;
  readonly sessionId: string;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
}

const DEFAULT_CAPACITY = 10_000;

/**
 * Access tokens whose signatures were verified before, since verifying is the largest cost of most requests. Bounded:
 * the longest unused ones go first. The whole token is the key, so no other token can take its place.
 */
export class VerifiedTokens {
  private readonly tokens = new Map<string, VerifiedToken>();
  private readonly bySession = new Map<string, Set<string>>();

  constructor(private readonly capacity = DEFAULT_CAPACITY) {}

  get size(): number {
    return this.tokens.size;
  }

  /** Never answers with one that has expired at `now`. */
  find(token: string, now: number): VerifiedToken | null {
    const verified = this.tokens.get(token);
    if (verified === undefined) return null;
    if (verified.expiresAt <= now) {
      this.tokens.delete(token);
      this.forget(token, verified.sessionId);
      return null;
    }
    if (this.tokens.size * 2 > this.capacity) this.moveToEnd(token, verified);
    return verified;
  }

  remember(token: string, verified: VerifiedToken): void {
    this.tokens.delete(token);
    this.tokens.set(token, verified);
    const ofSession = this.bySession.get(verified.sessionId);
    if (ofSession === undefined) this.bySession.set(verified.sessionId, new Set([token]));
    else ofSession.add(token);
    if (this.tokens.size > this.capacity) this.dropLeastRecentlyUsed();
  }

  dropSession(sessionId: string): void {
    for (const token of this.bySession.get(sessionId) ?? []) this.tokens.delete(token);
    this.bySession.delete(sessionId);
  }

  /** A map keeps the order of insertion: the last one is the most recently used. Only a filling cache needs to know. */
  private moveToEnd(token: string, verified: VerifiedToken): void {
    this.tokens.delete(token);
    this.tokens.set(token, verified);
  }

  private dropLeastRecentlyUsed(): void {
    const [oldest] = this.tokens;
    if (oldest === undefined) return;
    const [token, { sessionId }] = oldest;
    this.tokens.delete(token);
    this.forget(token, sessionId);
  }

  private forget(token: string, sessionId: string): void {
    const ofSession = this.bySession.get(sessionId);
    ofSession?.delete(token);
    if (ofSession?.size === 0) this.bySession.delete(sessionId);
  }
}
