import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DpopModule } from '../dpop/dpop.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';

/** How a session is opened with the password. */
@Module({
  imports: [KeysModule, AccountsModule, DpopModule, HistoryModule, LimitsModule, ProofsModule, SessionsModule],
  controllers: [LoginController],
  providers: [LoginService],
})
export class LoginModule {}
