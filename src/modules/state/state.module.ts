import { Module, type OnModuleInit } from '@nestjs/common';
import { AccountExports, AccountLifecycle } from '../../core/accounts/index.js';
import { encodeBytes } from '../../core/http/index.js';
import { PrismaSharedStatesRepository } from './prisma-shared-states.repository.js';
import { SharedStatesRepository } from './shared-states.repository.js';
import { StateController } from './state.controller.js';
import { StateService } from './state.service.js';

@Module({
  controllers: [StateController],
  providers: [StateService, { provide: SharedStatesRepository, useClass: PrismaSharedStatesRepository }],
})
export class StateModule implements OnModuleInit {
  constructor(
    private readonly accounts: AccountLifecycle,
    private readonly exports: AccountExports,
    private readonly states: StateService,
  ) {}

  onModuleInit(): void {
    this.accounts.onEvent(async (tx, event) => {
      if (event.kind === 'keys-reset' || event.kind === 'rekeyed') await this.states.beginSeries(tx, event);
    });
    this.exports.addSmall('state', async (userId) => {
      const stored = await this.states.find(userId);
      if (stored === null) return [];
      const { stateVersion, state, previousHash } = stored;
      return [{ stateVersion, state: encodeBytes(state), previousHash: encodeBytes(previousHash) }];
    });
  }
}
