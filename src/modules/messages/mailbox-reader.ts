import type { MailboxPage, PageQuery } from './mailbox.repository.js';
import type { MailboxEntry } from './message.js';

/** What brings entries to somebody, one connection long: Server-Sent Events, or whatever else there may be. */
export interface MailboxTransport {
  /** @returns whether there is room for more at once; otherwise `resume` of the reader says when */
  deliver(entries: readonly MailboxEntry[]): boolean;
  /** The mailbox could not be read for too long. */
  unavailable(): void;
}

/** Where readers ask for their next page. */
export interface ReadQueue {
  add(reader: MailboxReader): void;
}

export interface MailboxCursor {
  readonly userId: string;
  /** Sequence of the last entry that the reader has. */
  readonly after: number;
  readonly conversationId?: string | undefined;
}

const PAGE = { limit: 100, maxBytes: 128 * 1024 };

/**
 * One reader's cursor in a mailbox, and whether there is something to read after it. Each entry is carried once, in its
 * order: pages are read one after the other from the table, never from a hint, and the next one only when the transport
 * has room for it. While nothing happens it holds no page, timer or promise.
 */
export class MailboxReader {
  readonly userId: string;
  readonly #conversationId: string | undefined;
  #position: number;
  /** There is nothing to read up to here. */
  #known: number;
  /** The newest sequence that was spoken of. */
  #hinted = 0;
  /** `#hinted` when the read began that is under way. */
  #hintedBefore = 0;
  /** A new reader reads: its first page belongs to the opening of its transport. */
  #reading = true;
  #full = false;
  #left = false;

  constructor(
    cursor: MailboxCursor,
    private readonly transport: MailboxTransport,
    private readonly reads: ReadQueue,
  ) {
    this.userId = cursor.userId;
    this.#conversationId = cursor.conversationId;
    this.#position = cursor.after;
    this.#known = cursor.after;
  }

  /** Whether it wants nothing any more. */
  get left(): boolean {
    return this.#left;
  }

  wake(sequence: number): void {
    if (sequence <= this.#hinted) return;
    this.#hinted = sequence;
    this.#readOn();
  }

  /** The transport has room again. */
  resume(): void {
    this.#full = false;
    this.#readOn();
  }

  leave(): void {
    this.#left = true;
  }

  /** What to ask the mailbox for now. */
  query(): PageQuery {
    this.#hintedBefore = this.#hinted;
    const after = this.#position;
    return { ...PAGE, after, ...(this.#conversationId === undefined ? {} : { conversationId: this.#conversationId }) };
  }

  /** Takes the answer to `query`. */
  accept({ entries, hasMore, lastSequence }: MailboxPage): void {
    this.#reading = false;
    if (this.#left) return;
    this.#position = entries.at(-1)?.sequence ?? this.#position;
    this.#known = Math.max(this.#known, this.#position, hasMore ? 0 : lastSequence);
    // A hint of something that this page should show and does not is wrong, and must not be followed for ever.
    if (this.#hinted === this.#hintedBefore) this.#hinted = this.#known;
    if (hasMore) this.#hinted = Math.max(this.#hinted, lastSequence);
    if (entries.length > 0) this.#full = !this.transport.deliver(entries);
    this.#readOn();
  }

  unavailable(): void {
    if (!this.#left) this.transport.unavailable();
  }

  #readOn(): void {
    if (this.#reading || this.#full || this.#left || this.#hinted <= this.#known) return;
    this.#reading = true;
    this.reads.add(this);
  }
}
