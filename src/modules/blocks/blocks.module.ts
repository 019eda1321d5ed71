import { Module, type OnModuleInit } from '@nestjs/common';
import { LIMITS } from '@sealpost/protocol';
import { AccountExports, AccountLifecycle } from '../../core/accounts/index.js';
import { KeysModule } from '../keys/index.js';
import { BlocksController } from './blocks.controller.js';
import { BlocksRepository } from './blocks.repository.js';
import { BlocksService } from './blocks.service.js';
import { PrismaBlocksRepository } from './prisma-blocks.repository.js';

@Module({
  imports: [KeysModule],
  controllers: [BlocksController],
  providers: [BlocksService, { provide: BlocksRepository, useClass: PrismaBlocksRepository }],
})
export class BlocksModule implements OnModuleInit {
  constructor(
    private readonly accounts: AccountLifecycle,
    private readonly exports: AccountExports,
    private readonly blocks: BlocksRepository,
    private readonly service: BlocksService,
  ) {}

  onModuleInit(): void {
    // The user's own blocks go with the account.
    this.accounts.onErased((tx, userId) => this.blocks.forget(tx, userId));
    this.exports.addSmall('block', async (userId) => {
      const { items } = await this.service.page(userId, undefined, LIMITS.blocks);
      return items;
    });
  }
}
