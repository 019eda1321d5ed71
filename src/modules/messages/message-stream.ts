import type { StreamEndReason } from '@sealpost/protocol';
import { type MailboxTransport, type MailboxCursor, MailboxReader, type ReadQueue } from './mailbox-reader.js';
import type { MailboxEntry } from './message.js';
import { endText, HEARTBEAT } from './stream-events.js';

/** The connection of a stream. */
export interface StreamConnection {
  /** Bytes that the reader has yet to make room for. */
  readonly waitingBytes: number;
  /** @returns false where no more should be written until it has drained */
  write(text: string): boolean;
  /** The last words; closes as soon as they are sent. */
  end(text: string, reason: string): void;
  destroy(): void;
}

/** What a stream asks of those it belongs to. */
export interface StreamOwner {
  readonly heartbeatMs: number;
  readonly slowMs: number;
  readonly reads: ReadQueue;
  now(): number;
  textOf(entries: readonly MailboxEntry[]): string;
  /** The stream carries nothing any more; its connection may still be open. */
  ended(stream: MessageStream, reason: StreamEndReason): void;
  closed(stream: MessageStream): void;
}

/** Whose stream it is. */
export interface StreamReader {
  readonly sessionId: string;
  /** When the access token expires, in Unix milliseconds. */
  readonly expiresAt: number;
}

/** How long the last words may take. */
const FAREWELL_MS = 2000;

/**
 * One open stream: what was written to it when, and when it has to end. It has no timers; `check` is called about once
 * a second. Between two events it holds some numbers and its connection.
 */
export class MessageStream implements MailboxTransport {
  #connection: StreamConnection | null = null;
  #wroteAt = 0;
  /** Since when the reader has not made room for everything; 0 where it has. */
  #stalledSince = 0;
  /** When its connection is cut, after its end; 0 before. */
  #cutAt = 0;

  readonly reader: MailboxReader;

  constructor(
    private readonly owner: StreamOwner,
    readonly whose: StreamReader,
    cursor: MailboxCursor,
  ) {
    this.reader = new MailboxReader(cursor, this, owner.reads);
  }

  get ended(): boolean {
    return this.#cutAt !== 0;
  }

  begin(connection: StreamConnection, text: string): void {
    this.#connection = connection;
    this.#write(text);
  }

  deliver(entries: readonly MailboxEntry[]): boolean {
    return this.#write(this.owner.textOf(entries));
  }

  unavailable(): void {
    this.end('unavailable');
  }

  sessionEnded(): void {
    this.end('session-ended');
  }

  /** Says why, and closes the connection. Once. */
  end(reason: StreamEndReason): void {
    if (this.ended) return;
    this.#cutAt = this.owner.now() + FAREWELL_MS;
    this.reader.leave();
    this.#connection?.end(endText(reason), reason);
    this.owner.ended(this, reason);
  }

  /** The connection has sent what it held. */
  drained(): void {
    this.#stalledSince = 0;
    this.reader.resume();
  }

  /** The connection has ended. */
  closed(): void {
    this.reader.leave();
    this.owner.closed(this);
  }

  check(): void {
    const now = this.owner.now();
    if (this.ended) {
      if (now >= this.#cutAt) this.#connection?.destroy();
    } else if (now >= this.whose.expiresAt) {
      this.end('token-expired');
    } else if ((this.#connection?.waitingBytes ?? 0) > 0) {
      if (this.#stalledSince === 0) this.#stalledSince = now;
      else if (now - this.#stalledSince >= this.owner.slowMs) this.end('slow-reader');
    } else {
      this.#stalledSince = 0;
      if (now - this.#wroteAt >= this.owner.heartbeatMs) this.#write(HEARTBEAT);
    }
  }

  #write(text: string): boolean {
    if (this.ended || this.#connection === null) return false;
    const now = this.owner.now();
    const empty = this.#connection.waitingBytes === 0;
    this.#wroteAt = now;
    const room = this.#connection.write(text);
    if (empty) this.#stalledSince = room ? 0 : now;
    return room;
  }
}
