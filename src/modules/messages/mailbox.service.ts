import { Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import type { MailboxEntry } from './message.js';
import * as errors from './messages.errors.js';
import { MailboxRepository } from './mailbox.repository.js';
import { RetentionRepository } from './retention.repository.js';

@Injectable()
export class MailboxService {
  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly retention: RetentionRepository,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

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
