import type { AcceptedMessage } from './message.js';

/** What a mailbox says of itself. */
export interface MailboxSummary {
  readonly lastSequence: number;
  readonly acknowledgedUpTo: number;
  /** Entries that it holds, and the bytes of ciphertext they lead to. */
  readonly messages: number;
  readonly bytes: number;
}

/** A message as its sender had it stored. Without a body where no mailbox has an entry of it any more. */
export interface SentMessage extends Omit<AcceptedMessage, 'ciphertext' | 'contentHash' | 'expiresInSeconds'> {
  readonly ciphertext?: Uint8Array;
}

export interface SentPage {
  /** In the order of their ids. */
  readonly messages: readonly SentMessage[];
  /** The id to go on after, or null at the end. */
  readonly next: string | null;
}

/** What only exports ask of the messages. Times are Unix milliseconds. Errors of the database pass through. */
export abstract class MessageExportsRepository {
  abstract findMailbox(userId: string): Promise<MailboxSummary | null>;

  /**
   * Messages that the user has sent, after an id. Nobody else asks by sender, so there is no index of senders, which every
   * send would pay for: the ids of all messages are walked, some thousands a page, and most pages are empty. A page also
   * ends at about 1 MiB of ciphertext.
   */
  abstract findSent(userId: string, after: string | null): Promise<SentPage>;
}
