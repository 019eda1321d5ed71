import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DpopModule } from '../dpop/dpop.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { InvitationsRepository } from './invitations.repository.js';
import { InvitationsService } from './invitations.service.js';
import { PrismaInvitationsRepository } from './prisma-invitations.repository.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';

/** How an account comes to be, and who is invited to have one. */
@Module({
  imports: [KeysModule, AccountsModule, DpopModule, HistoryModule, LimitsModule, ProofsModule, SessionsModule],
  controllers: [RegistrationController],
  providers: [
    InvitationsService,
    RegistrationService,
    { provide: InvitationsRepository, useClass: PrismaInvitationsRepository },
  ],
  exports: [InvitationsRepository, InvitationsService],
})
export class RegistrationModule {}
