import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { Notifications } from '../../core/database/index.js';
import { Metrics } from '../../core/metrics/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { Wakeups } from '../../core/wakeups.js';
import { MAILBOX_CHANNEL, readHints } from './mailbox-hints.js';
import { MailboxRepository } from './mailbox.repository.js';
import { tooManyReaders } from './messages.errors.js';

/** Wakes reads that wait, and streams, by userId and the sequence that the mailbox has reached. */
@Injectable()
export class MailboxWakeups extends Wakeups<string> {
  constructor(
    notifications: Notifications,
    shutdown: Shutdown,
    settings: Settings,
    mailboxes: MailboxRepository,
    metrics: Metrics,
  ) {
    const received = metrics.counter({
      name: 'sealpost_messages_hints_received_total',
      help: 'Mailboxes named in notifications of the database, those of this process among them.',
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
}
