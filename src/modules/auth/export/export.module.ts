import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { ResetModule } from '../reset/reset.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { VaultKeyModule } from '../vault-key/vault-key.module.js';
import { AccountExportService } from './account-export.service.js';
import { CredentialExports } from './credential-exports.service.js';
import { ExportCursors } from './export-cursors.service.js';
import { ExportEnds } from './export-ends.service.js';
import { ExportController } from './export.controller.js';
import { PendingExports } from './pending-exports.service.js';

/** What the server holds of an account, but for what passwords are guessed with, for its owner to take along. */
@Module({
  imports: [
    KeysModule,
    AccountsModule,
    DevicesModule,
    HistoryModule,
    LimitsModule,
    RegistrationModule,
    ResetModule,
    SessionsModule,
    VaultKeyModule,
  ],
  controllers: [ExportController],
  providers: [AccountExportService, CredentialExports, ExportCursors, ExportEnds, PendingExports],
})
export class ExportModule {}
