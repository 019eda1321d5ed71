import { Global, Module } from '@nestjs/common';
import { AccountLifecycle } from './account-lifecycle.js';

@Global()
@Module({ providers: [AccountLifecycle], exports: [AccountLifecycle] })
export class AccountLifecycleModule {}
