import { Global, Module } from '@nestjs/common';
import { AccountExports } from './account-exports.js';
import { AccountLifecycle } from './account-lifecycle.js';
import { Senders } from './senders.js';
import { SessionRevocations } from './session-revocations.js';

@Global()
@Module({
  providers: [AccountLifecycle, AccountExports, Senders, SessionRevocations],
  exports: [AccountLifecycle, AccountExports, Senders, SessionRevocations],
})
export class AccountLifecycleModule {}
