import { Injectable } from '@nestjs/common';
import { sessionEnded, SessionEnds } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { Caller } from '../../core/http/index.js';
import { Metrics } from '../../core/metrics/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { MailboxWait } from './mailbox-wait.js';
import { MailboxWatch } from './mailbox-watch.js';
import { type MailboxPage, MailboxRepository, type PageQuery } from './mailbox.repository.js';

/** The guard takes a token that much longer, too. A wait that ended at once would be repeated at once. */
const EXPIRY_TOLERANCE_MS = 5000;

/** How long a read may wait, and what ends it early. */
export interface Patience {
  readonly seconds: number;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
}

/** Reads that wait for the first entry. */
@Injectable()
export class LongPollsService {
  readonly #waits = new Set<MailboxWait>();

  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly watch: MailboxWatch,
    private readonly sessions: SessionEnds,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
    metrics: Metrics,
  ) {
    metrics.gauge(
      { name: 'sealpost_messages_readers_waiting', help: 'Reads that wait for the first new message.' },
      () => this.#waits.size,
    );
    // A shutdown does not last as long as the longest wait.
    shutdown.signal.addEventListener('abort', () => {
      for (const wait of this.#waits) wait.end();
    });
  }

  /**
   * A page; where it is empty it comes with the first entry, or empty when the time is over.
   * @throws DomainError messages.too-many-readers, auth.session-ended
   */
  async read(caller: Caller, query: PageQuery, patience: Patience): Promise<MailboxPage> {
    const seconds = Math.min(patience.seconds, this.settings.longPollMaxSeconds);
    if (seconds === 0 || this.shutdown.begun) return this.#find(caller, query);
    const wait = new MailboxWait(caller.userId);
    this.watch.follow(wait);
    this.#waits.add(wait);
    const end = (): void => wait.end();
    const tokenMs = Math.max(0, caller.expiresAt + EXPIRY_TOLERANCE_MS - this.clock.now());
    const timer = setTimeout(end, Math.min(seconds * 1000, tokenMs));
    const session = this.sessions.watch(caller.sessionId);
    for (const signal of [session.signal, patience.gone]) signal.addEventListener('abort', end, { once: true });
    try {
      const page = await this.#wait(caller, query, wait);
      if (session.signal.aborted) throw sessionEnded();
      return page;
    } finally {
      clearTimeout(timer);
      session.stop();
      this.#waits.delete(wait);
      this.watch.leave(wait);
    }
  }

  async #wait(caller: Caller, query: PageQuery, wait: MailboxWait): Promise<MailboxPage> {
    for (;;) {
      const page = await this.#find(caller, query);
      if (page.entries.length > 0 || wait.over) return page;
      // What woke the reader may belong to another conversation: only what comes after it wakes again.
      await wait.news(Math.max(query.after, page.lastSequence));
    }
  }

  #find({ userId }: Caller, query: PageQuery): Promise<MailboxPage> {
    return this.mailboxes.findPage(userId, query, this.clock.now());
  }
}
