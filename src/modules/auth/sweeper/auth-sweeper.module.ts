import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { HistoryModule } from '../history/history.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { ResetModule } from '../reset/reset.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AuthSweeperService } from './auth-sweeper.service.js';

/** Deletes what is over. */
@Module({
  imports: [DevicesModule, HistoryModule, ProofsModule, RegistrationModule, ResetModule, SessionsModule],
  providers: [AuthSweeperService],
})
export class AuthSweeperModule {}
