import type { AcceptedMessage, Receipt } from './message.js';

/** The newest key version of a user, as far as delivery needs it. */
export interface KeyHead {
  readonly version: number;
  readonly keysHash: Uint8Array;
  /** When the server accepted it. */
  readonly acceptedAt: number;
}

/** A mailbox as it is before a delivery. */
export interface MailboxState {
  readonly lastSequence: number;
  /** Entries that it holds, and the bytes of ciphertext they lead to. */
  readonly messages: number;
  readonly bytes: number;
}

/** A message that was accepted before. */
export interface StoredMessage {
  readonly senderId: string;
  readonly contentHash: Uint8Array;
  readonly receipt: Receipt;
}

/** What a mailbox would get from a group of which everything is accepted. */
export interface MailboxShare {
  readonly messages: number;
  readonly bytes: number;
}

/** A sender and a recipient of theirs. */
export interface Pair {
  readonly userId: string;
  readonly senderId: string;
}

/** Whom and what a group of messages concerns. */
export interface DeliveryScope {
  readonly messageIds: readonly string[];
  readonly senderIds: readonly string[];
  /** Distinct, without those in which somebody writes to themselves. */
  readonly pairs: readonly Pair[];
  /** By recipient. */
  readonly shares: ReadonlyMap<string, MailboxShare>;
}

/** What is known of a scope. Users and messages that do not exist are missing. */
export interface DeliveryState {
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
  readonly heads: ReadonlyMap<string, KeyHead>;
  readonly stored: ReadonlyMap<string, StoredMessage>;
  /** pairKey() of those in which the user has blocked the sender. */
  readonly blocked: ReadonlySet<string>;
}

export function pairKey(userId: string, senderId: string): string {
  return `${userId}/${senderId}`;
}

/** What a group changes. */
export interface DeliveryPlan {
  readonly accepted: readonly AcceptedMessage[];
  /** The mailboxes as they are afterwards, of the recipients of what was accepted. */
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
}

/** A group of which everything is expected to be accepted. */
export interface ExpectedDelivery {
  /** The newest keys, as far as remembered, of all senders and recipients. */
  readonly heads: ReadonlyMap<string, KeyHead>;
  /** Numbered as if every mailbox were empty: from 1 on, in the order of the group. */
  readonly accepted: readonly AcceptedMessage[];
  /** By recipient. */
  readonly shares: ReadonlyMap<string, MailboxShare>;
  readonly pairs: readonly Pair[];
  /** What a mailbox may hold afterwards. */
  readonly mailboxLimit: MailboxShare;
}

/** Messages on their way into mailboxes. All times are Unix milliseconds. Errors of the database pass through. */
export abstract class DeliveryRepository {
  /**
   * Stores a group in one round trip, where all of it is as expected: the remembered keys are still the newest, there
   * is room in every mailbox, nobody has blocked a sender, and no message of these ids is known. The sequences are what the mailboxes held before and
   * the expected ones on top. On disk when the promise resolves; readers see the sequences in their order.
   * @returns the last sequence of each mailbox before the delivery, or null where something was not as expected or
   *   another transaction was in the way: nothing was changed then
   */
  abstract deliverExpected(expected: ExpectedDelivery): Promise<ReadonlyMap<string, number> | null>;

  /**
   * Locks the recipients' mailboxes, lets `plan` decide on what is known then, and stores what it accepts, in one
   * transaction: when the promise resolves, all of it is on disk, and before that nobody sees any of it. Readers of a
   * mailbox see its sequences in their order.
   * @returns false where another transaction was in the way, e.g. stored a message of the same id in the meantime:
   *   nothing was changed then, and another attempt decides on what is known by then
   */
  abstract deliver(scope: DeliveryScope, plan: (state: DeliveryState) => DeliveryPlan): Promise<boolean>;
}
