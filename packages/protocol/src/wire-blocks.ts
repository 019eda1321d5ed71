/** JSON of whom a user has blocked. Conventions as in wire.ts. */

/** GET /v1/blocks */
export interface BlocksJson {
  /** Ascending by userId. */
  readonly blocks: readonly BlockJson[];
  /** Where there are more: what to ask for next as `after`. */
  readonly nextAfter?: string;
}

/** A user whose messages do not reach this one. */
export interface BlockJson {
  readonly userId: string;
  readonly blockedAt: number;
}
