import { Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { MailboxWatch } from './mailbox-watch.js';
import type { MailboxEntry } from './message.js';
import * as errors from './messages.errors.js';
import { type MailboxPage, MessagesRepository, type PageQuery } from './messages.repository.js';

@Injectable()
export class MailboxService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly watch: MailboxWatch,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
  ) {}

  /** A page of the mailbox; waits up to `waitSeconds` for the first entry where there is none. */
  async read(userId: string, query: PageQuery, waitSeconds: number, gone: AbortSignal): Promise<MailboxPage> {
    const seconds = Math.min(waitSeconds, this.settings.longPollMaxSeconds);
    const deadline = this.clock.now() + seconds * 1000;
    let known = query.after;
    for (;;) {
      const wait = this.watch.watch(userId, known, Math.max(0, deadline - this.clock.now()), gone);
      try {
        const page = await this.messages.findPage(userId, query, this.clock.now());
        const over = this.clock.now() >= deadline || gone.aborted || this.shutdown.begun;
        if (page.entries.length > 0 || over) return page;
        await wait.woken;
      } finally {
        wait.stop();
      }
      // What woke the reader may belong to another conversation: only what comes after it wakes again.
      known = Math.max(known, (await this.messages.findLastSequences([userId])).get(userId) ?? 0);
    }
  }

  async get(userId: string, messageId: string): Promise<MailboxEntry> {
    const entry = await this.messages.find(userId, messageId, this.clock.now());
    if (entry === null) throw errors.messageNotFound();
    return entry;
  }

  async acknowledge(userId: string, upTo: number): Promise<number> {
    const position = await this.messages.acknowledge(userId, upTo);
    if (position === null) throw errors.ackOutOfRange();
    return position;
  }

  async remove(userId: string, messageId: string): Promise<void> {
    if (!(await this.messages.remove(userId, messageId, this.clock.now()))) throw errors.messageNotFound();
  }
}
