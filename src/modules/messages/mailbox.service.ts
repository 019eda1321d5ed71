import { Injectable } from '@nestjs/common';
import { sessionEnded, SessionEnds } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { Caller } from '../../core/http/index.js';
import { MailboxWatch } from './mailbox-watch.js';
import type { MailboxEntry } from './message.js';
import * as errors from './messages.errors.js';
import { type MailboxPage, MailboxRepository, type PageQuery } from './mailbox.repository.js';
import { RetentionRepository } from './retention.repository.js';

@Injectable()
export class MailboxService {
  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly retention: RetentionRepository,
    private readonly watch: MailboxWatch,
    private readonly sessions: SessionEnds,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** A page of the mailbox; waits up to `waitSeconds` for the first entry where there is none. */
  async read(caller: Caller, query: PageQuery, waitSeconds: number, gone: AbortSignal): Promise<MailboxPage> {
    const page = await this.mailboxes.findPage(caller.userId, query, this.clock.now());
    const seconds = Math.min(waitSeconds, this.settings.longPollMaxSeconds);
    if (page.entries.length > 0 || seconds === 0) return page;
    const session = this.sessions.watch(caller.sessionId);
    try {
      const over = AbortSignal.any([gone, session.signal]);
      const arrived = await this.#wait(caller.userId, query, this.clock.now() + seconds * 1000, over);
      if (session.signal.aborted) throw sessionEnded();
      return arrived;
    } finally {
      session.stop();
    }
  }

  /** Ends with the first entry, at the deadline or when it is over, whatever comes first. */
  async #wait(userId: string, query: PageQuery, deadline: number, over: AbortSignal): Promise<MailboxPage> {
    let known = query.after;
    for (;;) {
      const wait = this.watch.watch(userId, known, Math.max(0, deadline - this.clock.now()), over);
      try {
        const page = await this.mailboxes.findPage(userId, query, this.clock.now());
        const ended = over.aborted || this.watch.closing || this.clock.now() >= deadline;
        if (page.entries.length > 0 || ended) return page;
        await wait.woken;
      } finally {
        wait.stop();
      }
      // What woke the reader may belong to another conversation: only what comes after it wakes again.
      known = Math.max(known, (await this.mailboxes.findLastSequences([userId])).get(userId) ?? 0);
    }
  }

  async get(userId: string, messageId: string): Promise<MailboxEntry> {
    const entry = await this.mailboxes.find(userId, messageId, this.clock.now());
    if (entry === null) throw errors.messageNotFound();
    return entry;
  }

  async acknowledge(userId: string, upTo: number): Promise<number> {
    const { deleteAfterAckSeconds: seconds } = this.settings;
    const deleteAt = seconds === undefined ? undefined : this.clock.now() + seconds * 1000;
    const position = await this.mailboxes.acknowledge(userId, upTo, deleteAt);
    if (position === null) throw errors.ackOutOfRange();
    return position;
  }

  async remove(userId: string, messageId: string): Promise<void> {
    if (!(await this.retention.remove(userId, messageId, this.clock.now()))) throw errors.messageNotFound();
  }
}
