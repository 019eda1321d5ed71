/**
 * Which proofs were accepted, for at least as long as their nonces are current. Bounded: beyond `capacity` within that time
 * nothing more is taken, since a proof that is forgotten could be used again.
 */
export class SeenProofs {
  private young = new Set<string>();
  private old = new Set<string>();
  private turnedAt = Number.NEGATIVE_INFINITY;

  /** @param memoryMs at least the time in which a proof can be presented */
  constructor(
    private readonly memoryMs: number,
    private readonly capacity: number,
  ) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  /** `new`: it was not seen before, and will be known from now on. */
  add(id: string, now: number): 'new' | 'seen' | 'full' {
    this.turn(now);
    if (this.young.has(id) || this.old.has(id)) return 'seen';
    if (this.young.size >= this.capacity) return 'full';
    this.young.add(id);
    return 'new';
  }

  /** Each half is kept for `memoryMs` after its own time: nothing is forgotten before `memoryMs` are over. */
  private turn(now: number): void {
    const age = now - this.turnedAt;
    if (age >= 0 && age < this.memoryMs) return;
    // After a silence of twice that time the younger half is too old as well. A clock that was set back only makes it longer.
    this.old = age >= 2 * this.memoryMs ? new Set() : this.young;
    this.young = new Set();
    this.turnedAt = now;
  }
}
