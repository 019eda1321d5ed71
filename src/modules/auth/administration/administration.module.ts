import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { HistoryModule } from '../history/history.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { ResetModule } from '../reset/reset.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { VaultKeyModule } from '../vault-key/vault-key.module.js';
import { AccountAdministration } from './account-administration.service.js';
import { EscrowExport } from './escrow-export.service.js';
import { ResetAdministration } from './reset-administration.service.js';

/** What `npm run admin` does to accounts; nothing of it has a route. */
@Module({
  imports: [KeysModule, AccountsModule, HistoryModule, RegistrationModule, ResetModule, SessionsModule, VaultKeyModule],
  providers: [AccountAdministration, EscrowExport, ResetAdministration],
  exports: [AccountAdministration, EscrowExport, ResetAdministration],
})
export class AdministrationModule {}
