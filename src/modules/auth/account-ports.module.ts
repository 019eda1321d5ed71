import { Global, Module } from '@nestjs/common';
import { AccountLocks, OwnerProofs, SessionLocks } from '../../core/accounts/index.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { ProofsModule } from './proofs/proofs.module.js';
import { SigningProofs } from './proofs/signing-proofs.service.js';
import { AccountRowLocks, SessionRowLocks } from './row-locks.service.js';
import { SessionsModule } from './sessions/sessions.module.js';

/** What other modules ask of accounts and sessions, by the ports of core: none of them knows this one. */
@Global()
@Module({
  imports: [AccountsModule, ProofsModule, SessionsModule],
  providers: [
    { provide: AccountLocks, useClass: AccountRowLocks },
    { provide: SessionLocks, useClass: SessionRowLocks },
    { provide: OwnerProofs, useExisting: SigningProofs },
  ],
  exports: [AccountLocks, SessionLocks, OwnerProofs],
})
export class AccountPortsModule {}
