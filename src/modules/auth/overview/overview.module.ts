import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { VaultKeyModule } from '../vault-key/vault-key.module.js';
import { AccountOverview } from './account-overview.service.js';
import { AccountController } from './account.controller.js';

/** What an account says to its owner. */
@Module({
  imports: [KeysModule, AccountsModule, VaultKeyModule],
  controllers: [AccountController],
  providers: [AccountOverview],
})
export class OverviewModule {}
