/** What a sweep may take in one transaction. */
export interface SweepLimits {
  /** Messages or mailboxes looked at. */
  readonly rows: number;
  /** Ids of messages or mailboxes that are left out, because they could not be swept before. */
  readonly except: readonly string[];
}

/** What one transaction of a sweep of due messages has done. */
export interface DueBatch {
  /** Messages that had expired: their entries and bodies are gone. */
  readonly expired: number;
  /** Messages without a body that are not known any more. */
  readonly forgotten: number;
  /** Where to go on, or null if nothing more was due. */
  readonly next: number | null;
}

/** What one transaction of a sweep of acknowledged entries has done. */
export interface AcknowledgedBatch {
  /** Entries that were deleted. */
  readonly acknowledged: number;
  /** Whether more was due. False too where another replica is at it. */
  readonly more: boolean;
}

/** What one transaction of a sweep of erased mailboxes has done. */
export interface ErasedBatch {
  /** Entries that were deleted. */
  readonly entries: number;
  /** Whether more is due now, and nobody else is at it. */
  readonly more: boolean;
}

/** Nothing of a batch was changed, for a reason that lies in one of these messages or mailboxes, or by chance if there are none. */
export class SweepError extends Error {
  override readonly name = 'SweepError';

  constructor(
    readonly ids: readonly string[],
    cause: unknown,
  ) {
    super('A batch could not be swept', { cause });
  }
}

/**
 * What takes messages away. All times are Unix milliseconds. Errors of the database pass through; what else keeps a
 * batch from being swept is a SweepError.
 */
export abstract class RetentionRepository {
  /**
   * Removes the message from the mailbox of `userId`, and its body with the last entry.
   * @returns whether it was there and had not expired at `now`
   */
  abstract remove(userId: string, messageId: string, now: number): Promise<boolean>;

  /**
   * Takes what is due between `from` and `now`, the oldest first: entries and bodies of expired messages go; rows
   * without a body are forgotten. Skips what others are working on.
   */
  abstract sweepDue(now: number, from: number, limits: SweepLimits): Promise<DueBatch>;

  /**
   * Deletes acknowledged entries that are due at `now`, and bodies with their last entry. What was acknowledged in the
   * meantime gets its due time `delayMs` later.
   */
  abstract sweepAcknowledged(now: number, delayMs: number, limits: SweepLimits): Promise<AcknowledgedBatch>;

  /**
   * Deletes entries of one mailbox that was erased before `now`. A message goes as a whole with its last entry: its sender cannot repeat it,
   * since one of its recipients was erased.
   */
  abstract sweepErased(now: number, limits: SweepLimits): Promise<ErasedBatch>;

  /**
   * Gives a due time to mailboxes that were acknowledged when nobody made one, in the order of their ids after
   * `after` ('' at first).
   * @returns the id to go on after, or null at the end
   */
  abstract scheduleSweeps(after: string, deleteAt: number): Promise<string | null>;
}
