import { Module } from '@nestjs/common';
import { AccountEventsController } from './account-events.controller.js';
import { AccountEventsRepository } from './account-events.repository.js';
import { AccountEvents } from './account-events.service.js';
import { PrismaAccountEventsRepository } from './prisma-account-events.repository.js';

/** What happened to each account, for its owner. */
@Module({
  controllers: [AccountEventsController],
  providers: [AccountEvents, { provide: AccountEventsRepository, useClass: PrismaAccountEventsRepository }],
  exports: [AccountEvents, AccountEventsRepository],
})
export class HistoryModule {}
