import { ClientError, isApiError, NetworkError } from '../../errors.js';
import type { MailboxTransport, MailboxSlice } from './mailbox-transport.js';

/** Which transport the inbox uses while it waits; `auto` takes streams where they can be had. */
export type TransportPreference = 'auto' | 'stream' | 'long-poll';

/** When streams are tried again, in milliseconds. */
export interface ChoiceTimes {
  /** How long no stream is tried where there was none. */
  readonly streamAgainMs: number;
  /** How long no stream is tried where streams began and broke off; doubled each time, up to streamAgainMs. */
  readonly brokenStreamAgainMs: number;
}

export const CHOICE_TIMES: ChoiceTimes = { streamAgainMs: 5 * 60_000, brokenStreamAgainMs: 15_000 };

/** Streams that break off without having brought anything, one after the other, before pages take over. */
const BROKEN_STREAMS = 4;
/** A stream that has lasted so long is none of those. */
const LASTING_MS = 30_000;

/**
 * Brings what is there already in pages, and what is to come by a stream; in pages, too, where streams cannot be had or
 * keep breaking off, until it is time to try one again.
 */
export class TransportChoice implements MailboxTransport {
  #caughtUp = false;
  #streamAgainAt = 0;
  #streamSince: number | null = null;
  #broken = 0;
  #holds = 0;
  #last: MailboxTransport['name'] = 'long-poll';

  constructor(
    private readonly preference: TransportPreference,
    private readonly pages: MailboxTransport,
    private readonly stream: MailboxTransport,
    private readonly times: ChoiceTimes,
  ) {}

  /** The name of the transport that was used last. */
  get name(): MailboxTransport['name'] {
    return this.#last;
  }

  async next(after: number, waitMs: number): Promise<MailboxSlice> {
    if (!this.#streams(waitMs)) return this.#page(after, waitMs);
    if (!this.#caughtUp) return this.#page(after, 0);
    try {
      this.#last = 'stream';
      const slice = await this.stream.next(after, waitMs);
      this.#works(slice);
      return slice;
    } catch (error) {
      if (this.preference === 'stream') throw error;
      this.#fails(error);
      if (isUnavailable(error)) return this.#page(after, 0);
      throw error;
    }
  }

  close(): void {
    this.pages.close();
    this.stream.close();
  }

  /** A wait with an end is one request or a few: a connection of its own would not pay. */
  #streams(waitMs: number): boolean {
    if (waitMs === 0 || this.preference === 'long-poll') return false;
    if (this.preference === 'stream') return true;
    return waitMs === Number.POSITIVE_INFINITY && performance.now() >= this.#streamAgainAt;
  }

  async #page(after: number, waitMs: number): Promise<MailboxSlice> {
    this.#last = 'long-poll';
    const slice = await this.pages.next(after, waitMs);
    this.#caughtUp = !slice.hasMore;
    return slice;
  }

  #works({ entries }: MailboxSlice): void {
    this.#streamSince ??= performance.now();
    if (entries.length > 0) {
      this.#broken = 0;
      this.#holds = 0;
    }
  }

  #fails(error: unknown): void {
    const lasted = this.#streamSince !== null && performance.now() - this.#streamSince >= LASTING_MS;
    if (lasted) this.#holds = 0;
    this.#broken = lasted ? 1 : this.#broken + 1;
    this.#streamSince = null;
    if (isUnavailable(error)) this.#hold(this.times.streamAgainMs);
    else if (this.#broken >= BROKEN_STREAMS || isApiError(error, 'messages.too-many-readers')) {
      this.#hold(Math.min(this.times.streamAgainMs, this.times.brokenStreamAgainMs * 2 ** this.#holds));
    }
  }

  #hold(ms: number): void {
    this.#streamAgainAt = performance.now() + ms;
    this.#broken = 0;
    this.#holds++;
    this.stream.close();
  }
}

function isUnavailable(error: unknown): boolean {
  const noStream = error instanceof ClientError && !(error instanceof NetworkError);
  return noStream && error.code === 'client.stream-unavailable';
}
