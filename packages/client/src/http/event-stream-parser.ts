import { createParser } from 'eventsource-parser';
import { ClientError } from '../errors.js';

/** One event of a text/event-stream. */
export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
  /** undefined where the event itself has none: ids of earlier events do not count. */
  readonly id: string | undefined;
}

/**
 * Characters that are buffered of one event. The largest entry of a mailbox, 256 KiB of ciphertext in base64url with
 * 100 recipients, stays below half of it.
 */
export const LONGEST_EVENT = 1024 * 1024;
const LONGEST_RETRY_MS = 999_999_999;

/**
 * Reads an event stream from the bytes of an answer, in whatever pieces they arrive. An event that the end of the stream
 * cuts off is never returned.
 */
export class EventStreamParser {
  // Strips a byte order mark, and holds a character back until all of its bytes are there.
  readonly #decoder = new TextDecoder('utf-8');
  readonly #parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event = 'message', data, id }) => this.#events.push({ type: event, data, id }),
    onRetry: (ms) => {
      if (ms <= LONGEST_RETRY_MS) this.#retryMs = ms;
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw tooLong();
    },
  });
  #events: ServerSentEvent[] = [];
  #afterCr = false;
  #retryMs: number | undefined;

  /** What the stream last said about the pause before the next connection, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /**
   * @returns the events that are complete with this piece
   * @throws ClientError `client.bad-answer` for an event longer than any honest one
   */
  push(piece: Uint8Array): readonly ServerSentEvent[] {
    this.#events = [];
    this.#parser.feed(this.#withLineFeeds(this.#decoder.decode(piece, { stream: true })));
    return this.#events;
  }

  /** A line may end with CR, and the parser would wait for the LF that may follow. */
  #withLineFeeds(text: string): string {
    if (text === '') return text;
    const rest = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text;
    this.#afterCr = text.endsWith('\r');
    return rest.replaceAll(/\r\n?/g, '\n');
  }
}

function tooLong(): ClientError {
  return new ClientError('client.bad-answer', 'The server’s stream has an event that is too long');
}
