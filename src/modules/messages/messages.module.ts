import { Module, type OnModuleInit } from '@nestjs/common';
import { AccountLifecycle } from '../../core/accounts/index.js';
import { KeysModule } from '../keys/index.js';
import { DeliveryPlanner } from './delivery-planner.service.js';
import { DeliveryQueue } from './delivery-queue.service.js';
import { DeliveryRepository } from './delivery.repository.js';
import { GroupDelivery } from './group-delivery.service.js';
import { LongPollsService } from './long-polls.service.js';
import { MailboxNewsService } from './mailbox-news.service.js';
import { MailboxReadsService } from './mailbox-reads.service.js';
import { MailboxRepository } from './mailbox.repository.js';
import { MailboxWatch } from './mailbox-watch.js';
import { MailboxService } from './mailbox.service.js';
import { MessageLifetime } from './message-lifetime.js';
import { MessageSweeper } from './message-sweeper.js';
import { MessageStreamsController } from './message-streams.controller.js';
import { MessageStreamsService } from './message-streams.service.js';
import { MessagesController } from './messages.controller.js';
import { PgDeliveryRepository } from './pg-delivery.repository.js';
import { PgMailboxRepository } from './pg-mailbox.repository.js';
import { PgRetentionRepository } from './pg-retention.repository.js';
import { RememberedHeads } from './remembered-heads.cache.js';
import { RetentionRepository } from './retention.repository.js';
import { SendingMetrics } from './sending-metrics.service.js';
import { SendingService } from './sending.service.js';

@Module({
  imports: [KeysModule],
  controllers: [MessageStreamsController, MessagesController],
  providers: [
    SendingService,
    SendingMetrics,
    DeliveryQueue,
    GroupDelivery,
    RememberedHeads,
    DeliveryPlanner,
    MailboxService,
    MessageLifetime,
    MailboxWatch,
    MailboxNewsService,
    MailboxReadsService,
    LongPollsService,
    MessageStreamsService,
    MessageSweeper,
    { provide: DeliveryRepository, useClass: PgDeliveryRepository },
    { provide: MailboxRepository, useClass: PgMailboxRepository },
    { provide: RetentionRepository, useClass: PgRetentionRepository },
  ],
})
export class MessagesModule implements OnModuleInit {
  constructor(
    private readonly accounts: AccountLifecycle,
    private readonly mailboxes: MailboxRepository,
  ) {}

  /** Every new user gets a mailbox in the transaction that makes the account. */
  onModuleInit(): void {
    this.accounts.onCreated((tx, userId) => this.mailboxes.open(tx, userId));
  }
}
