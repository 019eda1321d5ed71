import { Global, Module } from '@nestjs/common';
import { AccountExports } from './account-exports.js';
import { AccountLifecycle } from './account-lifecycle.js';
import { SessionEnds } from './session-ends.js';

@Global()
@Module({
  providers: [AccountLifecycle, AccountExports, SessionEnds],
  exports: [AccountLifecycle, AccountExports, SessionEnds],
})
export class AccountLifecycleModule {}
