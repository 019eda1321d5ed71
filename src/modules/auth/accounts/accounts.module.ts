import { Module } from '@nestjs/common';
import { AccountsRepository } from './accounts.repository.js';
import { PrismaAccountsRepository } from './prisma-accounts.repository.js';

/** What is stored of accounts: public keys and wrapped secrets. */
@Module({
  providers: [{ provide: AccountsRepository, useClass: PrismaAccountsRepository }],
  exports: [AccountsRepository],
})
export class AccountsModule {}
