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
