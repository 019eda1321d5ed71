import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type NotificationListener, Notifications } from '../../core/database/index.js';
import { type Counter, Metrics } from '../../core/metrics/index.js';
import { MAILBOX_CHANNEL, readHints } from './mailbox-hints.js';
import { MailboxWatch } from './mailbox-watch.js';
import { MailboxRepository } from './mailbox.repository.js';

/** How often the mailboxes that somebody follows are looked at while notifications do not arrive. */
const LOOK_MS = 1000;
/** The same while they do: a notification is only a hint. */
const SAFETY_LOOK_MS = 15_000;
const MAILBOXES_PER_QUERY = 500;

/**
 * Brings the news of what other replicas delivered: by notifications of the database, and by looking into the table
 * where they do not arrive, and after they did not.
 */
@Injectable()
export class MailboxNewsService implements NotificationListener, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(MailboxNewsService.name);
  readonly #received: Counter;
  #connected = false;
  #closed = false;
  #failing = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(
    private readonly notifications: Notifications,
    private readonly mailboxes: MailboxRepository,
    private readonly watch: MailboxWatch,
    metrics: Metrics,
  ) {
    this.#received = metrics.counter({
      name: 'sealpost_messages_hints_received_total',
      help: 'Mailboxes named in notifications of the database, those of this process among them.',
    });
    metrics.gauge(
      {
        name: 'sealpost_messages_listener_connected',
        help: '1 while notifications of the database arrive, 0 while the table is asked every second instead.',
      },
      () => Number(this.#connected),
    );
  }

  onApplicationBootstrap(): void {
    this.notifications.listen(MAILBOX_CHANNEL, this);
    this.#lookIn(LOOK_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  received(payload: string): void {
    const hints = readHints(payload);
    this.#received.increment(hints.length);
    this.watch.announce(hints);
  }

  /** What was notified meanwhile is lost: the table knows it. */
  connected(): void {
    this.#connected = true;
    this.#lookIn(0);
  }

  disconnected(): void {
    this.#connected = false;
    this.#lookIn(0);
  }

  #lookIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = (this.#looking ?? Promise.resolve()).then(() => this.#look());
    }, ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      const userIds = [...this.watch.userIds];
      for (let begin = 0; begin < userIds.length && !this.#closed; begin += MAILBOXES_PER_QUERY) {
        const last = await this.mailboxes.findLastSequences(userIds.slice(begin, begin + MAILBOXES_PER_QUERY));
        this.watch.announce([...last].map(([userId, sequence]) => ({ userId, sequence })));
      }
      this.#failing = false;
    } catch (error) {
      // Once for each time that the database is away; the next look may find it again.
      if (!this.#failing) this.#logger.warn('Followed mailboxes could not be looked at', error);
      this.#failing = true;
    }
    this.#lookIn(this.#connected ? SAFETY_LOOK_MS : LOOK_MS);
  }
}
