/** Somebody whose messages a user does not want. */
export interface Block {
  readonly userId: string;
  /** Unix milliseconds. */
  readonly blockedAt: number;
}
