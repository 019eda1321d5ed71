/** What takes messages away. All times are Unix milliseconds. Errors of the database pass through. */
export abstract class RetentionRepository {
  /**
   * Removes the message from the mailbox of `userId`, and its body with the last entry.
   * @returns whether it was there and had not expired at `now`
   */
  abstract remove(userId: string, messageId: string, now: number): Promise<boolean>;

  /**
   * Takes what is due at `now`: entries and bodies of expired messages go; rows without a body are forgotten.
   * @returns how many messages were taken, at most `limit`
   */
  abstract sweep(now: number, limit: number): Promise<number>;
}
