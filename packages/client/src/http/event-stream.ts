import { NetworkError } from '../errors.js';
import { EventStreamParser, type ServerSentEvent } from './event-stream-parser.js';

/** An open text/event-stream. Nothing is read ahead of what is asked for, so that a slow reader slows the server down. */
export class EventStream {
  readonly #parser = new EventStreamParser();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #pending: Promise<ReadableStreamReadResult<Uint8Array>> | null = null;

  constructor(
    body: ReadableStream<Uint8Array>,
    /** Ends the connection, and what belongs to it. */
    private readonly end: () => void,
    /** What a failure of reading means; throws where it was the caller who gave up. */
    private readonly failure: (error: unknown) => Error,
  ) {
    this.#reader = body.getReader();
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
      throw this.failure(error);
    });
    if (result === null) return null;
    this.#pending = null;
    if (result.done) throw new NetworkError('client.network', 'The server’s stream has ended');
    return this.#parser.push(result.value);
  }

  close(): void {
    this.#pending?.catch(() => undefined);
    this.#reader.cancel().catch(() => undefined);
    this.end();
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
