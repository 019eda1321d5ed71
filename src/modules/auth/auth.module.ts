import { Module } from '@nestjs/common';
import { AccessTokensModule } from './access-tokens/access-tokens.module.js';
import { AccountPortsModule } from './account-ports.module.js';
import { AdministrationModule } from './administration/administration.module.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { ErasureModule } from './erasure/erasure.module.js';
import { ExportModule } from './export/export.module.js';
import { HistoryModule } from './history/history.module.js';
import { LoginModule } from './login/login.module.js';
import { OverviewModule } from './overview/overview.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { ResetModule } from './reset/reset.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { AuthSweeperModule } from './sweeper/auth-sweeper.module.js';
import { VaultKeyModule } from './vault-key/vault-key.module.js';

@Module({
  imports: [
    AccountPortsModule,
    RegistrationModule,
    LoginModule,
    SessionsModule,
    AccessTokensModule,
    CredentialsModule,
    VaultKeyModule,
    OverviewModule,
    HistoryModule,
    ErasureModule,
    ExportModule,
    DevicesModule,
    ResetModule,
    AdministrationModule,
    AuthSweeperModule,
  ],
  exports: [AdministrationModule],
})
export class AuthModule {}
