import { Module } from '@nestjs/common';
import { PrismaSharedStatesRepository } from './prisma-shared-states.repository.js';
import { SharedStatesRepository } from './shared-states.repository.js';
import { StateController } from './state.controller.js';
import { StateService } from './state.service.js';

@Module({
  controllers: [StateController],
  providers: [StateService, { provide: SharedStatesRepository, useClass: PrismaSharedStatesRepository }],
})
export class StateModule {}
