import type { Transaction } from '../../core/database/index.js';
import type { MailboxEntry } from './message.js';

export interface PageQuery {
  readonly after: number;
  readonly limit: number;
  /** The page ends where its ciphertexts reach this many bytes; it holds one message at least. */
  readonly maxBytes?: number;
  readonly conversationId?: string;
}

export interface MailboxPage {
  /** Ascending by sequence. */
  readonly entries: readonly MailboxEntry[];
  readonly hasMore: boolean;
  /** The newest sequence of the mailbox. */
  readonly lastSequence: number;
  readonly acknowledgedUpTo: number;
}

/** Mailboxes as their owners see them. All times are Unix milliseconds. Errors of the database pass through. */
export abstract class MailboxRepository {
  /** Gives a new user an empty mailbox. */
  abstract open(tx: Transaction, userId: string): Promise<void>;

  /**
   * Takes an erased user's mailbox away at once: nothing is delivered to it and nothing read from it any more. Its
   * entries are left to the sweeper (`RetentionRepository.sweepErased`).
   */
  abstract erase(tx: Transaction, userId: string, now: number): Promise<void>;

  /** Entries of a mailbox that have not expired at `now`; a page also ends at about 1 MiB of ciphertext, or earlier where asked to. */
  abstract findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage>;

  /** A message in the mailbox of `userId` that has not expired at `now`, or null. */
  abstract find(userId: string, messageId: string, now: number): Promise<MailboxEntry | null>;

  /** Who has written the entries of a mailbox at these sequences that have not expired at `now`; each sender once. */
  abstract findSenders(userId: string, sequences: readonly number[], now: number): Promise<readonly string[]>;

  /**
   * Moves the acknowledged position forward, never back. Returns it, or null where the mailbox has not got that far.
   * @param deleteAt from when on what is acknowledged by now may be deleted; absent: it is kept
   */
  abstract acknowledge(userId: string, upTo: number, deleteAt?: number): Promise<number | null>;

  /** The newest sequence of each of these mailboxes. */
  abstract findLastSequences(userIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
