import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { CredentialChanges } from './credential-changes.service.js';
import { CredentialsController } from './credentials.controller.js';
import { PasswordService } from './password.service.js';
import { RecoveryController } from './recovery.controller.js';
import { RecoveryService } from './recovery.service.js';

/** Changes that an auth key of the account proves: password, loginId, recovery key. */
@Module({
  imports: [KeysModule, AccountsModule, HistoryModule, LimitsModule, ProofsModule, SessionsModule],
  controllers: [CredentialsController, RecoveryController],
  providers: [CredentialChanges, PasswordService, RecoveryService],
  exports: [CredentialChanges],
})
export class CredentialsModule {}
