/**
 * Attempts that this process has taken from a limit in advance and may hand out by itself.
 *
 * A lease loses attempts at the pace at which the limit gets them back, so what is not handed out is never there twice,
 * here and in the limit: over all processes together, no more can be spent at once than the rule's count.
 */
export class Lease {
  private left = 0;
  /** When the last attempt that is left is lost, in milliseconds. */
  private endsAt = 0;

  constructor(private readonly msPerAttempt: number) {}

  /** Replaces what was left. `takenAt` is a time before the limit was asked. */
  renew(attempts: number, takenAt: number): void {
    this.left = attempts;
    this.endsAt = takenAt + attempts * this.msPerAttempt;
  }

  /** Spends all of `cost` or nothing. */
  spend(cost: number, now: number): boolean {
    // An attempt is there until its time is over: hence "cost - 1".
    if (this.left < cost || this.endsAt - now <= (cost - 1) * this.msPerAttempt) return false;
    this.left -= cost;
    this.endsAt -= cost * this.msPerAttempt;
    return true;
  }

  /** Spends what is there, up to `cost`, and returns how much that was. */
  spendUpTo(cost: number, now: number): number {
    const lasting = Math.ceil((this.endsAt - now) / this.msPerAttempt);
    const spent = Math.max(0, Math.min(cost, this.left, lasting));
    this.left -= spent;
    this.endsAt -= spent * this.msPerAttempt;
    return spent;
  }
}
