import type { PositionedEntry } from '../../http/answers.js';

/** The ways in which entries reach a client that waits for them. */
export type TransportName = 'stream' | 'long-poll';

/** What a transport has brought. */
export interface MailboxSlice {
  /** Unchecked but for being entries with a sequence; possibly none. */
  readonly entries: readonly PositionedEntry[];
  /** True where more entries are there already. */
  readonly hasMore: boolean;
  /** The newest sequence of the mailbox, where the transport said it. */
  readonly lastSequence?: number;
}

/**
 * Brings entries of the mailbox from wherever its reader is. Transports check nothing of what they bring: order, rewinding
 * and the entries themselves are checked in one place for all of them (inbox.ts), so that another transport, e.g. a
 * WebSocket, is one more implementation of this and nothing else.
 */
export interface MailboxTransport {
  readonly name: TransportName;
  /**
   * @param after everything up to this sequence has been handed over; what comes is behind it
   * @param waitMs how long to wait where nothing is there; Infinity waits without end
   * @returns what is there, perhaps nothing, also before the time is over
   * @throws NetworkError, ApiError, ClientError; asking again begins behind `after` again
   */
  next(after: number, waitMs: number): Promise<MailboxSlice>;
  /** Ends connections and timers. */
  close(): void;
}

/** What all transports are told of the mailbox. */
export interface TransportScope {
  /** Only entries of this conversation. */
  readonly conversationId?: string;
  /** Ends all waiting; its reason is thrown then. */
  readonly signal: AbortSignal;
}
