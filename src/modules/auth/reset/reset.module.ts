import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { VaultKeyModule } from '../vault-key/vault-key.module.js';
import { AccountReset } from './account-reset.service.js';
import { ClaimDelivery } from './claim-delivery.js';
import { ClaimMails } from './claim-mails.service.js';
import { PendingResetsController } from './pending-resets.controller.js';
import { PrismaResetClaimsRepository } from './prisma-reset-claims.repository.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import { ResetClaims } from './reset-claims.service.js';
import { ResetRequests } from './reset-requests.service.js';
import { ResetController } from './reset.controller.js';
import { SmtpClaimDelivery } from './smtp-claim-delivery.js';

/** How an account begins anew without password and recovery key. */
@Module({
  imports: [KeysModule, AccountsModule, LimitsModule, ProofsModule, SessionsModule, VaultKeyModule],
  controllers: [PendingResetsController, ResetController],
  providers: [
    AccountReset,
    ClaimMails,
    ResetClaims,
    ResetRequests,
    { provide: ClaimDelivery, useClass: SmtpClaimDelivery },
    { provide: ResetClaimsRepository, useClass: PrismaResetClaimsRepository },
  ],
  exports: [ResetClaims, ResetClaimsRepository],
})
export class ResetModule {}
