import { Module, type OnModuleInit } from '@nestjs/common';
import { AccountLifecycle, Senders } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { KeysModule } from '../keys/index.js';
import { DeliveryPlanner } from './delivery-planner.service.js';
import { DeliveryQueue } from './delivery-queue.service.js';
import { DeliveryRepository } from './delivery.repository.js';
import { GroupDelivery } from './group-delivery.service.js';
import { LongPollsService } from './long-polls.service.js';
import { MailboxReadsService } from './mailbox-reads.service.js';
import { MailboxRepository } from './mailbox.repository.js';
import { MailboxWakeups } from './mailbox-wakeups.service.js';
import { MailboxService } from './mailbox.service.js';
import { MessageExportsRepository } from './message-exports.repository.js';
import { MessageExports } from './message-exports.service.js';
import { MessageLifetime } from './message-lifetime.js';
import { MessageSweeper } from './message-sweeper.js';
import { MessageStreamsController } from './message-streams.controller.js';
import { MessageStreamsService } from './message-streams.service.js';
import { MessagesController } from './messages.controller.js';
import { PgDeliveryRepository } from './pg-delivery.repository.js';
import { PgMailboxRepository } from './pg-mailbox.repository.js';
import { PgMessageExportsRepository } from './pg-message-exports.repository.js';
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
    MailboxWakeups,
    MailboxReadsService,
    LongPollsService,
    MessageStreamsService,
    MessageSweeper,
    MessageExports,
    { provide: DeliveryRepository, useClass: PgDeliveryRepository },
    { provide: MailboxRepository, useClass: PgMailboxRepository },
    { provide: MessageExportsRepository, useClass: PgMessageExportsRepository },
    { provide: RetentionRepository, useClass: PgRetentionRepository },
  ],
})
export class MessagesModule implements OnModuleInit {
  constructor(
    private readonly accounts: AccountLifecycle,
    private readonly senders: Senders,
    private readonly mailboxes: MailboxRepository,
    private readonly clock: Clock,
  ) {}

  /** Every user has a mailbox from the transaction that makes the account to the one that erases it. */
  onModuleInit(): void {
    this.accounts.onCreated((tx, userId) => this.mailboxes.open(tx, userId));
    this.senders.findBy((userId, sequences) => this.mailboxes.findSenders(userId, sequences, this.clock.now()));
    this.accounts.onErased((tx, userId) => this.mailboxes.erase(tx, userId, this.clock.now()));
  }
}
