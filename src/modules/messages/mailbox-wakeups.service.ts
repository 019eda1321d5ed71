import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { Notifications } from '../../core/database/index.js';
import { Metrics } from '../../core/metrics/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { Wakeups } from '../../core/wakeups.js';
import { hintPayloads, MAILBOX_CHANNEL, readHints } from './mailbox-hints.js';
import { MailboxRepository } from './mailbox.repository.js';
import { tooManyReaders } from './messages.errors.js';

/** Other replicas are told of everything that was written meanwhile at once. Longer pauses would delay more than they save. */
const BETWEEN_HINTS_MS = 1;

/** Wakes reads that wait, and streams, by userId and the sequence that the mailbox has reached. */
@Injectable()
export class MailboxWakeups extends Wakeups<string> {
  /** Sequences that other replicas have not been told of, by mailbox. */
  readonly #untold = new Map<string, number>();
  #telling: Promise<void> | null = null;

  constructor(
    notifications: Notifications,
    shutdown: Shutdown,
    settings: Settings,
    mailboxes: MailboxRepository,
    metrics: Metrics,
  ) {
    const received = metrics.counter({
      name: 'sealpost_messages_hints_received_total',
      help: 'Mailboxes named in notifications of the database, by this process among them.',
    });
    super(notifications, shutdown, settings, {
      channel: MAILBOX_CHANNEL,
      followersPerKey: settings.readersPerAccount,
      tooMany: tooManyReaders,
      safetyLookMs: 15_000,
      read: (payload) => {
        const hints = readHints(payload);
        received.increment(hints.length);
        return hints;
      },
      look: (userIds) => mailboxes.findLastSequences(userIds),
    });
    metrics.gauge(
      {
        name: 'sealpost_messages_listener_connected',
        help: '1 while notifications of the database arrive, 0 while the table is asked every second instead.',
      },
      () => Number(this.isConnected),
    );
    metrics.gauge(
      { name: 'sealpost_messages_readers_waiting', help: 'Reads that wait for the first new message.' },
      () => this.waiting,
    );
  }
  /** What this process has committed: wakes its own readers at once, and those of other replicas by a notification. */
  announce(positions: ReadonlyMap<string, number>): void {
    this.wake(positions);
    if (!this.notifications.othersListen) return;
    for (const [userId, sequence] of positions) {
      this.#untold.set(userId, Math.max(sequence, this.#untold.get(userId) ?? 0));
    }
    this.#telling ??= this.#tellOthers();
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    await this.#telling;
  }

  async #tellOthers(): Promise<void> {
    while (this.#untold.size > 0) {
      const payloads = hintPayloads(this.#untold);
      this.#untold.clear();
      await this.notifications.tell(MAILBOX_CHANNEL, payloads);
      await sleep(BETWEEN_HINTS_MS);
    }
    this.#telling = null;
  }
}
