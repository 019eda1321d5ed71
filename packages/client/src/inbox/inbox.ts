import { ClientError } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import type { UserApi } from '../http/user-api.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import { TransportChoice, CHOICE_TIMES, type TransportPreference } from './transports/transport-choice.js';
import type { InboxRecord } from '../state/records.js';
import type { TransportScope, MailboxSlice } from './transports/mailbox-transport.js';
import { LongPollTransport } from './transports/long-poll-transport.js';
import { STREAM_TIMES, StreamTransport } from './transports/stream-transport.js';
import { Reconnect, type InboxConnection } from './reconnect.js';
import type { EntryOpener, OpenedEntry } from './entry-opener.js';
import { Freshness } from './freshness.js';
import type { DoneOptions, InboxEntry } from './inbox-entry.js';
import { linkSignals } from './linked-signals.js';
import { forgetOpened } from '../state/opened-entries.js';

export interface InboxOptions {
  /**
   * Begins behind this sequence instead of where the inbox stopped, e.g. 0 for everything that is still there. To be
   * done with an entry then does not move the position where the inbox goes on.
   */
  readonly after?: number;
  /** Only this conversation; as with `after`, the position where the inbox goes on stays. */
  readonly conversationId?: string;
  /** Ends the iteration, also while it waits: the loop is left as if nothing more were there. */
  readonly signal?: AbortSignal | undefined;
  /**
   * false (the default): ends when nothing more is there. true: waits for new messages until `signal` fires or the client
   * is closed, and outlasts failures of the network and the server.
   */
  readonly wait?: boolean;
  /** Without `wait: true`: how long to wait for the next one, and for each one after it; default 0. */
  readonly waitMs?: number;
  /**
   * By what messages come while the inbox waits. `auto` (the default): with `wait: true` by a stream, and by long-polling
   * where a stream cannot be had. `stream`: never by anything else. `long-poll`: never by a stream.
   */
  readonly transport?: TransportPreference;
}

/** What is to happen besides when this device is done with an entry, e.g. a receipt. */
export interface DoneHook {
  /** An inbox begins. */
  begin(): void;
  /** Adds to what is kept together with the position behind an entry. */
  done(entry: OpenedEntry, changes: Changes): Promise<void>;
  /** What `done` has added is in the storage. */
  kept(): Promise<void>;
}

/** The client around an inbox. */
export interface InboxSurroundings {
  readonly hook: DoneHook;
  /** Shares the position of an inbox that programs share. */
  readonly sharePlace: (call: CallOptions) => Promise<void>;
  /** Is told whenever an inbox that waits loses the server or finds it again, or its transport changes. */
  readonly tell: (connection: InboxConnection) => void;
  /** Fires when the client is closed. */
  readonly closing: AbortSignal;
}

/** Reads the mailbox in order. */
export class Inbox {
  readonly #mutex = new NamedMutex();
  /** A later answer has said that the mailbox reaches so far. */
  #confirmedUpTo = 0;

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly opener: Pick<EntryOpener, 'open'>,
    private readonly around: InboxSurroundings,
  ) {}

  /**
   * This device is done with an entry when the consumer asks for the next one, or says so. Who leaves the loop, by break,
   * return or an error, is not done with the entry they are at: it comes again.
   */
  async *read(options: InboxOptions): AsyncGenerator<InboxEntry, void, void> {
    const { signal, release } = linkSignals(this.around.closing, options.signal);
    const source = new Source(this.api, options, signal, this.around.tell);
    this.around.hook.begin();
    try {
      yield* this.#entries(options, source, signal);
    } catch (error) {
      if (error !== signal.reason && !this.around.closing.aborted) throw error;
    } finally {
      source.close();
      release();
    }
  }

  async *#entries(options: InboxOptions, source: Source, signal: AbortSignal): AsyncGenerator<InboxEntry, void, void> {
    const moves = options.after === undefined && options.conversationId === undefined;
    let after = options.after ?? (await this.#position());
    for (let until = deadlineOf(options); !hasFired(signal);) {
      const { entries, hasMore } = await this.#next(source, after, msUntil(until));
      for (const positioned of entries) {
        if (hasFired(signal)) return;
        if (source.outdated) break;
        const opened = await source.reconnecting(() => this.opener.open(positioned));
        const done = (how: DoneOptions = {}): Promise<void> => this.#done(opened, moves, how);
        yield { ...opened, done };
        after = positioned.sequence;
        until = deadlineOf(options);
        await done();
      }
      if (!hasMore && msUntil(until) === 0 && !source.outdated) return;
    }
  }

  /** A position to which only a lie can have led is given up, and said once: the next inbox goes on from before it. */
  async #next(source: Source, after: number, waitMs: number): Promise<MailboxSlice> {
    try {
      const slice = await source.next(after, waitMs);
      if (slice.lastSequence !== undefined && slice.lastSequence >= after) this.#confirmedUpTo = after;
      return slice;
    } catch (error) {
      if (error instanceof ClientError && error.code === 'client.mailbox-rewound') await this.#goBack(after);
      throw error;
    }
  }

  #goBack(after: number): Promise<void> {
    return this.#mutex.run('position', async () => {
      const record = await this.state.record('inbox');
      if (record?.after !== after || record.unconfirmedSince === undefined) return;
      await this.state.commit(new Changes().set('inbox', { after: record.unconfirmedSince }));
    });
  }

  async #position(): Promise<number> {
    return (await this.state.record('inbox'))?.after ?? 0;
  }

  /** The position behind an entry, with what is still to be confirmed of it. */
  async #positionBehind({ sequence }: OpenedEntry): Promise<InboxRecord> {
    const before = await this.state.record('inbox');
    const place = before?.after ?? 0;
    const open = place <= this.#confirmedUpTo ? undefined : before?.unconfirmedSince;
    const unconfirmedSince = open ?? (sequence > place + 1 ? place : undefined);
    return { after: sequence, ...(unconfirmedSince === undefined ? {} : { unconfirmedSince }) };
  }

  async #done(
    entry: OpenedEntry,
    moves: boolean,
    { acknowledge, delete: deletes, signal }: DoneOptions,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (moves) await this.#goBehind(entry);
    if (acknowledge === true) {
      await this.around.sharePlace({ signal });
      await this.api.acknowledge(entry.sequence, { signal });
    }
    if (deletes === true) await this.api.deleteMessage(messageIdOf(entry), { signal });
  }

  /** Never backwards, where two loops run at once. */
  #goBehind(entry: OpenedEntry): Promise<void> {
    return this.#mutex.run('position', async () => {
      if (entry.sequence <= (await this.#position())) return;
      const changes = new Changes().set('inbox', await this.#positionBehind(entry));
      await forgetOpened(this.state, changes, entry.sequence);
      await this.around.hook.done(entry, changes);
      await this.state.commit(changes);
      await this.around.hook.kept();
    });
  }
}

/** Where one loop gets its entries from; the checks are the same, whatever brings them. */
class Source {
  readonly #transport: TransportChoice;
  readonly #stream: StreamTransport;
  readonly #reconnect: Reconnect | null;
  readonly #freshness = new Freshness();

  constructor(
    api: UserApi,
    private readonly options: InboxOptions,
    signal: AbortSignal,
    tell: (connection: InboxConnection) => void,
  ) {
    const { conversationId, wait, transport = 'auto' } = options;
    const scope: TransportScope = { signal, ...(conversationId === undefined ? {} : { conversationId }) };
    this.#stream = new StreamTransport(api, scope, STREAM_TIMES);
    this.#transport = new TransportChoice(transport, new LongPollTransport(api, scope), this.#stream, CHOICE_TIMES);
    this.#reconnect = wait === true ? new Reconnect(api.access.repeating, signal, tell) : null;
  }

  /** What it has brought, and what its connection has under way, was read so long ago that it is better read again. */
  get outdated(): boolean {
    return this.#freshness.over;
  }

  async next(after: number, waitMs: number): Promise<MailboxSlice> {
    const anew = this.outdated;
    if (anew) this.close();
    this.#freshness.asks();
    const slice = await this.reconnecting(() => this.#transport.next(after, waitMs));
    this.#freshness.gets(anew || this.#transport.name === 'long-poll');
    this.#reconnect?.succeeded(this.#transport.name, slice.entries.length > 0);
    checkOrder(slice, after);
    checkScope(slice, this.options.conversationId);
    if (this.options.after === undefined) checkNotRewound(slice, after);
    return slice;
  }

  /** Repeats what fails and may pass, where the inbox waits without end. */
  reconnecting<T>(work: () => Promise<T>): Promise<T> {
    return this.#reconnect === null ? work() : this.#reconnect.run(work, () => this.#stream.retryMs);
  }

  close(): void {
    this.#transport.close();
  }
}

/** Entries come in ascending order, behind what was asked for; otherwise nothing of them can be relied on. */
function checkOrder({ entries, hasMore }: MailboxSlice, after: number): void {
  let last = after;
  for (const { sequence } of entries) {
    if (sequence <= last) throw orderError(`sequence ${sequence} comes after ${last}`);
    last = sequence;
  }
  if (hasMore && entries.length === 0) throw orderError('there is more, but nothing is here');
}

/** Only the conversation that was asked for; what an entry that is malformed belongs to is not known. */
function checkScope({ entries }: MailboxSlice, asked: string | undefined): void {
  if (asked === undefined) return;
  for (const { sequence, entry } of entries) {
    const { conversationId } = entry as { readonly conversationId?: unknown };
    if (typeof conversationId !== 'string' || conversationId === asked) continue;
    throw new ClientError(
      'client.bad-answer',
      `The server's entry ${sequence} is of another conversation than was asked for`,
    );
  }
}

/** Behind a position that this inbox has reached there was a message once: whatever comes now would be skipped silently. */
function checkNotRewound({ lastSequence }: MailboxSlice, after: number): void {
  if (lastSequence === undefined || lastSequence >= after) return;
  throw new ClientError(
    'client.mailbox-rewound',
    `The mailbox ends at ${lastSequence}, but was read up to ${after}: the server shows an older state, e.g. of a backup`,
  );
}

function orderError(detail: string): ClientError {
  return new ClientError('client.bad-answer', `The server's mailbox is out of order: ${detail}`);
}

function messageIdOf(entry: OpenedEntry): string {
  const named = entry.kind === 'refused' ? entry.claimed : entry;
  if (named !== undefined) return named.messageId;
  throw new ClientError('client.invalid-argument', 'The server does not say which message this entry is');
}

/** A function, because a signal fires between two looks at it. */
function hasFired(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Until when to wait for the next entry, as performance.now() tells the time. */
function deadlineOf({ wait, waitMs = 0 }: InboxOptions): number {
  if (wait === true) return Number.POSITIVE_INFINITY;
  return waitMs === 0 ? 0 : performance.now() + waitMs;
}

function msUntil(until: number): number {
  return Math.max(0, until - performance.now());
}
