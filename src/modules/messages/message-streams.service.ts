import { setImmediate as nextIteration } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { STREAM_END_REASONS, type StreamEndReason } from '@sealpost/protocol';
import { sessionEnded, SessionRevocations } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { Caller } from '../../core/http/index.js';
import { type Counter, Metrics } from '../../core/metrics/index.js';
import { PeriodicWork } from '../../core/periodic-work.js';
import { Shutdown } from '../../core/shutdown.js';
import { MailboxEntryView } from './dto/inbox.dto.js';
import type { MailboxCursor } from './mailbox-reader.js';
import { MailboxReadsService } from './mailbox-reads.service.js';
import { MailboxWakeups } from './mailbox-wakeups.service.js';
import type { MailboxEntry } from './message.js';
import { MessageStream, type StreamConnection, type StreamOwner } from './message-stream.js';
import { messageText, openingText } from './stream-events.js';

const CHECK_MS = 1000;
/** So many streams are checked before other work gets its turn. */
const CHECKED_AT_ONCE = 200;
const CLIENT_GONE = 'client-gone';

/** The open streams of this process. */
@Injectable()
export class MessageStreamsService implements StreamOwner, OnApplicationBootstrap, OnApplicationShutdown {
  readonly heartbeatMs: number;
  readonly slowMs: number;
  readonly #open = new Set<MessageStream>();
  readonly #ends: ReadonlyMap<string, Counter>;
  readonly #checks = new PeriodicWork(() => this.#check(), {
    everyMs: CHECK_MS,
    failure: 'Open streams could not be checked',
  });

  constructor(
    readonly reads: MailboxReadsService,
    private readonly wakeups: MailboxWakeups,
    private readonly sessions: SessionRevocations,
    private readonly clock: Clock,
    private readonly shutdown: Shutdown,
    metrics: Metrics,
    settings: Settings,
  ) {
    this.heartbeatMs = settings.streamHeartbeatSeconds * 1000;
    this.slowMs = settings.streamSlowSeconds * 1000;
    this.#ends = streamMetrics(metrics, () => this.#open.size);
    shutdown.signal.addEventListener('abort', () => {
      for (const stream of this.#open) stream.end('shutdown');
    });
  }

  onApplicationBootstrap(): void {
    this.#checks.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#checks.stop();
  }

  /**
   * Opens a stream; returns once it runs.
   * @param connect takes the connection over, which cannot answer with a problem any more
   * @throws DomainError messages.too-many-readers, auth.session-ended; errors of the database pass through
   */
  async open(
    caller: Caller,
    cursor: MailboxCursor,
    connect: (stream: MessageStream) => StreamConnection,
  ): Promise<void> {
    const stream = new MessageStream(this, caller, cursor);
    this.wakeups.follow(caller.userId, stream.reader);
    this.sessions.listen(caller.sessionId, stream);
    try {
      const page = await this.reads.open(stream.reader);
      if (stream.ended) throw sessionEnded();
      const connection = connect(stream);
      this.#open.add(stream);
      stream.begin(connection, openingText(page));
      stream.reader.accept(page);
      if (this.shutdown.begun) stream.end('shutdown');
    } catch (error) {
      this.#forget(stream);
      throw error;
    }
  }

  now(): number {
    return this.clock.now();
  }

  textOf(entries: readonly MailboxEntry[]): string {
    return entries.map((entry) => messageText(new MailboxEntryView(entry))).join('');
  }

  ended(stream: MessageStream, reason: StreamEndReason): void {
    this.#forget(stream);
    if (this.#open.has(stream)) this.#ends.get(reason)?.increment();
  }

  closed(stream: MessageStream): void {
    if (!stream.ended) this.#ends.get(CLIENT_GONE)?.increment();
    this.#forget(stream);
    this.#open.delete(stream);
  }

  #forget(stream: MessageStream): void {
    this.wakeups.leave(stream.reader.userId, stream.reader);
    this.sessions.forget(stream.whose.sessionId, stream);
  }

  async #check(): Promise<void> {
    let count = 0;
    for (const stream of this.#open) {
      if (++count % CHECKED_AT_ONCE === 0) await nextIteration();
      stream.check();
    }
  }
}

/** @returns the counters of ends by their reason */
function streamMetrics(metrics: Metrics, open: () => number): ReadonlyMap<string, Counter> {
  metrics.gauge({ name: 'sealpost_messages_streams_open', help: 'Open streams of messages.' }, open);
  const ends = metrics.counters({
    name: 'sealpost_messages_stream_ends_total',
    help: 'Streams that have ended, by the reason that the client was told; client-gone where the client left.',
    labels: ['reason'],
  });
  return new Map([...STREAM_END_REASONS, CLIENT_GONE].map((reason) => [reason, ends.with({ reason })]));
}
