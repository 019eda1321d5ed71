import { Injectable } from '@nestjs/common';
import { sessionEnded, SessionRevocations } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import type { Caller } from '../../core/http/index.js';
import type { WaitOptions } from '../../core/wakeups.js';
import { MailboxWakeups } from './mailbox-wakeups.service.js';
import { type MailboxPage, MailboxRepository, type PageQuery } from './mailbox.repository.js';

/** The guard takes a token that much longer, too. A wait that ended at once would be repeated at once. */
const EXPIRY_TOLERANCE_MS = 5000;

/** Reads that wait for the first entry. */
@Injectable()
export class LongPollsService {
  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly wakeups: MailboxWakeups,
    private readonly sessions: SessionRevocations,
    private readonly clock: Clock,
  ) {}

  /**
   * A page; where it is empty it comes with the first entry, or empty when the time is over.
   * @throws DomainError messages.too-many-readers, auth.session-ended
   */
  async read(caller: Caller, query: PageQuery, { seconds, signals }: WaitOptions): Promise<MailboxPage> {
    const { userId, sessionId } = caller;
    const look = (): Promise<MailboxPage> => this.mailboxes.findPage(userId, query, this.clock.now());
    if (seconds === 0) return look();
    const tokenMs = Math.max(0, caller.expiresAt + EXPIRY_TOLERANCE_MS - this.clock.now());
    const session = this.sessions.watch(sessionId);
    const options = { seconds: Math.min(seconds, tokenMs / 1000), signals: [...signals, session.signal] };
    try {
      // What woke the reader may belong to another conversation: only what comes after it wakes again.
      const page = await this.wakeups.waitFor(userId, options, look, ({ entries, lastSequence }) =>
        entries.length > 0 ? null : Math.max(query.after, lastSequence),
      );
      if (session.signal.aborted) throw sessionEnded();
      return page;
    } finally {
      session.stop();
    }
  }
}
