import { createParser } from 'eventsource-parser';
import { ClientError, NetworkError, type SealpostError } from '../errors.js';
import { EXPORT_LINE } from './answer-size.js';

/**
 * The body of an answer that lasts. Nothing is read ahead of what is asked for, so that a slow reader slows the server down.
 */
export interface OpenBody {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the connection, and what belongs to it. */
  readonly stop: () => void;
  /** What a failure of reading means; throws where it was the caller who gave up. */
  readonly failure: (error: unknown) => SealpostError;
}

/** An open text/event-stream. */
export class EventStream {
  readonly #parser = new EventStreamParser();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #pending: Promise<ReadableStreamReadResult<Uint8Array>> | null = null;

  constructor(private readonly answer: OpenBody) {
    this.#reader = answer.body.getReader();
  }

  /** What the server says about the pause before the next connection, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#parser.retryMs;
  }

  /**
   * Waits for the next bytes.
   * @returns the events that are complete with them, perhaps none; null where nothing came for `ms` milliseconds
   * @throws NetworkError where the connection has ended, ClientError for what is no event stream
   */
  async read(ms: number): Promise<readonly ServerSentEvent[] | null> {
    this.#pending ??= this.#reader.read();
    const result = await within(this.#pending, ms).catch((error: unknown) => {
      throw this.answer.failure(error);
    });
    if (result === null) return null;
    this.#pending = null;
    if (result.done) throw new NetworkError('client.network', 'The server’s stream has ended');
    return this.#parser.push(result.value);
  }

  close(): void {
    this.#pending?.catch(() => undefined);
    this.#reader.cancel().catch(() => undefined);
    this.answer.stop();
  }
}

/** null where it takes longer. Leaves no timer behind. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      resolve(null);
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

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

/** An open answer of lines. */
export class LineStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(private readonly answer: OpenBody) {
    this.#reader = answer.body.getReader();
  }

  /**
   * Every line that is complete, without its end. What a cut leaves of a line is not given out.
   * @param idleMs how long the server may say nothing
   * @throws NetworkError where the connection was cut, ClientError for what is no text of lines
   */
  async *lines(idleMs: number): AsyncGenerator<string, void, void> {
    let rest = '';
    try {
      for (let chunk = await this.#read(idleMs); chunk !== null; chunk = await this.#read(idleMs)) {
        const [first = '', ...others] = this.#decode(chunk).split('\n');
        rest += first;
        if (rest.length > EXPORT_LINE.bytes)
          throw new ClientError('client.bad-answer', 'A line of the answer is too long');
        for (const next of others) {
          yield rest;
          rest = next;
        }
      }
    } finally {
      this.#reader.cancel().catch(() => undefined);
      this.answer.stop();
    }
  }

  /** null at the end. */
  async #read(idleMs: number): Promise<Uint8Array | null> {
    const timer = setTimeout(this.answer.stop, idleMs);
    try {
      const { done, value } = await this.#reader.read();
      return done ? null : value;
    } catch (error) {
      throw this.answer.failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch {
      throw new ClientError('client.bad-answer', 'The server’s answer is not UTF-8');
    }
  }
}

/** What the end of an answer means that should have gone on. */
export function cutOff(): NetworkError {
  return new NetworkError('client.network', 'The server’s answer was cut off');
}
