import { Global, Module } from '@nestjs/common';
import { AccountLifecycle } from './account-lifecycle.js';
import { SessionEnds } from './session-ends.js';

@Global()
@Module({ providers: [AccountLifecycle, SessionEnds], exports: [AccountLifecycle, SessionEnds] })
export class AccountLifecycleModule {}
