import { ClientError, NetworkError } from '../errors.js';
import { EXPORT_LINE } from './answer-size.js';

/** An open answer of lines. Nothing is read ahead of what is asked for, so that a slow reader slows the server down. */
export class LineStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(
    body: ReadableStream<Uint8Array>,
    /** Ends the connection, and what belongs to it. */
    private readonly end: () => void,
    /** What a failure of reading means; throws where it was the caller who gave up. */
    private readonly failure: (error: unknown) => Error,
  ) {
    this.#reader = body.getReader();
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
      this.end();
    }
  }

  /** null at the end. */
  async #read(idleMs: number): Promise<Uint8Array | null> {
    const timer = setTimeout(this.end, idleMs);
    try {
      const { done, value } = await this.#reader.read();
      return done ? null : value;
    } catch (error) {
      throw this.failure(error);
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
