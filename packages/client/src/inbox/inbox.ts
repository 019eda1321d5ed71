import { ClientError, NetworkError } from '../errors.js';
import type { InboxPage, PositionedEntry } from '../http/answers.js';
import type { UserApi } from '../http/api.js';
import { pause } from '../http/backoff.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { EntryOpener } from './entry-opener.js';
import type { InboxEntry } from './inbox-entry.js';

export interface InboxOptions {
  /**
   * Begins behind this sequence instead of where the inbox stopped, e.g. 0 for everything that is still there. What is
   * taken then does not move the place where the inbox goes on.
   */
  readonly after?: number;
  /** Only this conversation; as with `after`, the place where the inbox goes on stays. */
  readonly conversationId?: string;
  /** Ends the iteration, also while it waits. */
  readonly signal?: AbortSignal;
  /**
   * false (the default): ends when nothing more is there. true: waits for new messages until `signal` fires. A number:
   * waits that many seconds for the next one.
   */
  readonly wait?: boolean | number;
}

const PAGE = 50;
/** Of one request; below the server's own limit and below what proxies usually cut off. */
const LONG_POLL_SECONDS = 20;

/** A server or a proxy that does not let a request wait is not asked again at once. */
const SHORTEST_POLL_MS = 1000;

/** Reads the mailbox in order. */
export class Inbox {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly opener: EntryOpener,
  ) {}

  /**
   * An entry is taken when the consumer asks for the next one, or calls take(). Who leaves the loop, by break, return or
   * an error, has not taken the entry they are at: it comes again.
   */
  async *read(options: InboxOptions): AsyncGenerator<InboxEntry, void, void> {
    const moves = options.after === undefined && options.conversationId === undefined;
    let after = options.after ?? (await this.#position());
    for (let until = deadlineOf(options); ;) {
      const page = await this.#page(after, options, secondsUntil(until));
      if (page === null) return;
      for (const positioned of page.entries) {
        if (options.signal?.aborted === true) return;
        yield await this.#entry(positioned, moves);
        after = positioned.sequence;
        until = deadlineOf(options);
        if (moves) await this.#take(after);
      }
      if (!page.hasMore && secondsUntil(until) === 0) return;
    }
  }

  async #entry(positioned: PositionedEntry, moves: boolean): Promise<InboxEntry> {
    const opened = await this.opener.open(positioned);
    const take = async (): Promise<void> => (moves ? this.#take(positioned.sequence) : undefined);
    return { ...opened, take };
  }

  /** null: the signal has fired. */
  async #page(after: number, options: InboxOptions, seconds: number): Promise<InboxPage | null> {
    const { conversationId, signal } = options;
    if (signal?.aborted === true) return null;
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.ceil(seconds));
    const began = performance.now();
    const query = { after, limit: PAGE, ...(conversationId === undefined ? {} : { conversationId }) };
    try {
      const page = await this.api.inbox({ ...query, ...(waitSeconds > 0 ? { waitSeconds } : {}) }, signal);
      checkOrder(page, after);
      if (options.after === undefined) checkNotRewound(page, after);
      const early = Math.min(SHORTEST_POLL_MS, seconds * 1000) - (performance.now() - began);
      if (page.entries.length === 0 && early > 0) await pause(early, signal);
      return page;
    } catch (error) {
      if (error instanceof NetworkError && error.code === 'client.aborted') return null;
      throw error;
    }
  }

  async #position(): Promise<number> {
    return (await this.state.record('inbox'))?.after ?? 0;
  }

  /** Never backwards, where two loops run at once. */
  #take(sequence: number): Promise<void> {
    return this.#mutex.run('position', async () => {
      if (sequence > (await this.#position())) await this.state.commit(new Changes().set('inbox', { after: sequence }));
    });
  }
}

/** Entries come in ascending order, behind what was asked for; otherwise nothing of the page can be relied on. */
function checkOrder(page: InboxPage, after: number): void {
  let last = after;
  for (const { sequence } of page.entries) {
    if (sequence <= last) throw pageError(`sequence ${sequence} comes after ${last}`);
    last = sequence;
  }
  if (page.hasMore && page.entries.length === 0) throw pageError('there is more, but nothing is here');
}

/** Behind a place where this inbox has been there was a message once: whatever comes now would be skipped silently. */
function checkNotRewound({ lastSequence }: InboxPage, after: number): void {
  if (lastSequence >= after) return;
  throw new ClientError(
    'client.mailbox-rewound',
    `The mailbox ends at ${lastSequence}, but was read up to ${after}: the server shows an older state, e.g. of a backup`,
  );
}

function pageError(detail: string): ClientError {
  return new ClientError('client.bad-answer', `The server's page of the mailbox is wrong: ${detail}`);
}

/** Until when to wait for the next entry, as performance.now() tells the time. */
function deadlineOf({ wait }: InboxOptions): number {
  if (wait === true) return Number.POSITIVE_INFINITY;
  return wait === undefined || wait === false ? 0 : performance.now() + wait * 1000;
}

function secondsUntil(until: number): number {
  return Math.max(0, (until - performance.now()) / 1000);
}
