import type { Transaction } from '../../core/database/index.js';
import type { AcceptedMessage, MailboxEntry, Receipt } from './message.js';

/** The newest key version of a user, as far as delivery needs it. */
export interface KeyHead {
  readonly version: number;
  readonly keysHash: Uint8Array;
}

/** What is known before a message is delivered. */
export interface DeliveryContext {
  /** The message that has this id already, or null. */
  readonly existing: { readonly senderId: string; readonly contentHash: Uint8Array; readonly receipt: Receipt } | null;
  /** Newest keys by userId; users that do not exist are missing. */
  readonly heads: ReadonlyMap<string, KeyHead>;
}

export interface PageQuery {
  readonly after: number;
  readonly limit: number;
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

/** Messages and mailboxes. All times are Unix milliseconds. Errors of the database pass through. */
export abstract class MessagesRepository {
  /** Gives a new user an empty mailbox. */
  abstract openMailbox(tx: Transaction, userId: string): Promise<void>;

  abstract findDeliveryContext(messageId: string, userIds: readonly string[]): Promise<DeliveryContext>;

  /**
   * Stores the message once and an entry in each recipient's mailbox, in one transaction. Sequences are given without
   * gaps and become visible in their order. Recipients must exist.
   * @returns null where a message of this id exists by now; nothing was changed then
   */
  abstract deliver(message: AcceptedMessage): Promise<Receipt | null>;

  /** Entries of a mailbox that have not expired at `now`; a page also ends at about 2 MiB of ciphertext. */
  abstract findPage(userId: string, query: PageQuery, now: number): Promise<MailboxPage>;

  /** A message in the mailbox of `userId` that has not expired at `now`, or null. */
  abstract find(userId: string, messageId: string, now: number): Promise<MailboxEntry | null>;

  /** Moves the acknowledged position forward, never back. Returns it, or null where the mailbox has not got that far. */
  abstract acknowledge(userId: string, upTo: number): Promise<number | null>;

  /**
   * Removes the message from the mailbox of `userId`, and its body with the last entry.
   * @returns whether it was there and had not expired at `now`
   */
  abstract remove(userId: string, messageId: string, now: number): Promise<boolean>;

  /** The newest sequence of each of these mailboxes. */
  abstract findLastSequences(userIds: readonly string[]): Promise<ReadonlyMap<string, number>>;

  /**
   * Takes what is due at `now`: entries and bodies of expired messages go; rows without a body are forgotten.
   * @returns how many messages were taken, at most `limit`
   */
  abstract sweep(now: number, limit: number): Promise<number>;
}
