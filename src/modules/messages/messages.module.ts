import { Module, type OnModuleInit } from '@nestjs/common';
import { AccountLifecycle } from '../../core/accounts/index.js';
import { KeysModule } from '../keys/index.js';
import { MailboxWatch } from './mailbox-watch.js';
import { MailboxService } from './mailbox.service.js';
import { MessageLifetime } from './message-lifetime.js';
import { MessageSweeper } from './message-sweeper.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { PgMessagesRepository } from './pg-messages.repository.js';
import { SendingService } from './sending.service.js';

@Module({
  imports: [KeysModule],
  controllers: [MessagesController],
  providers: [
    SendingService,
    MailboxService,
    MessageLifetime,
    MailboxWatch,
    MessageSweeper,
    { provide: MessagesRepository, useClass: PgMessagesRepository },
  ],
})
export class MessagesModule implements OnModuleInit {
  constructor(
    private readonly accounts: AccountLifecycle,
    private readonly messages: MessagesRepository,
  ) {}

  /** Every new user gets a mailbox in the transaction that makes the account. */
  onModuleInit(): void {
    this.accounts.onCreated((tx, userId) => this.messages.openMailbox(tx, userId));
  }
}
