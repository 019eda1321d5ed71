import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountExports, type ExportPage } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { encodeBytes } from '../../core/http/index.js';
import { MailboxEntryView } from './dto/inbox.dto.js';
import { MailboxRepository } from './mailbox.repository.js';
import { MessageExportsRepository, type SentMessage } from './message-exports.repository.js';

const ENTRIES_PER_PAGE = 100;

/** What an account's export has of messages: as ciphertext, since there is nothing else. */
@Injectable()
export class MessageExports implements OnModuleInit {
  constructor(
    private readonly exports: AccountExports,
    private readonly mailboxes: MailboxRepository,
    private readonly messages: MessageExportsRepository,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.exports.addSmall('mailbox', async (userId) => {
      const mailbox = await this.messages.findMailbox(userId);
      return mailbox === null ? [] : [mailbox];
    });
    this.exports.add({ kind: 'mailbox-entry', read: (userId, after) => this.readEntries(userId, after) });
    this.exports.add({ kind: 'sent-message', read: (userId, after) => this.readSent(userId, after) });
  }

  private async readEntries(userId: string, after: string | null): Promise<ExportPage> {
    const query = { after: Number(after ?? 0), limit: ENTRIES_PER_PAGE };
    const { entries, hasMore } = await this.mailboxes.findPage(userId, query, this.clock.now());
    const rows = entries.map((entry) => ({ position: String(entry.sequence), data: new MailboxEntryView(entry) }));
    return { rows, next: hasMore ? (rows.at(-1)?.position ?? null) : null };
  }

  private async readSent(userId: string, after: string | null): Promise<ExportPage> {
    const { messages, next } = await this.messages.findSent(userId, after);
    return { rows: messages.map((message) => ({ position: message.id, data: sentView(message) })), next };
  }
}

function sentView({ ciphertext, nonce, ...message }: SentMessage): object {
  return {
    ...message,
    ...(ciphertext === undefined ? {} : { ciphertext: encodeBytes(ciphertext) }),
    ...(nonce === undefined ? {} : { nonce: encodeBytes(nonce) }),
  };
}
