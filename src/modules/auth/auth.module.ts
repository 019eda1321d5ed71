import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AccountLifecycleModule } from '../../core/accounts/index.js';
import { KeysModule } from '../keys/index.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokensService } from './access-tokens.service.js';
import { AccountAdministration } from './account-administration.service.js';
import { AccountController } from './account.controller.js';
import { AccountEventsRepository } from './account-events.repository.js';
import { AccountEvents } from './account-events.service.js';
import { AccountExportService } from './account-export.service.js';
import { AccountLimitsService } from './account-limits.service.js';
import { AccountReset } from './account-reset.service.js';
import { AccountOverview } from './account-overview.service.js';
import { AccountsRepository } from './accounts.repository.js';
import { AuthProofs } from './auth-proofs.service.js';
import { AuthController } from './auth.controller.js';
import { AuthSweeperService } from './auth-sweeper.service.js';
import { ChallengeUse } from './challenge-use.service.js';
import { ChallengesService } from './challenges.service.js';
import { CredentialExports } from './credential-exports.service.js';
import { ClaimDelivery } from './claim-delivery.js';
import { CredentialsController } from './credentials.controller.js';
import { CredentialChanges } from './credential-changes.service.js';
import { ErasureController } from './erasure.controller.js';
import { ErasureService } from './erasure.service.js';
import { EscrowExport } from './escrow-export.service.js';
import { EscrowService } from './escrow.service.js';
import { EscrowsRepository } from './escrows.repository.js';
import { ExportController } from './export.controller.js';
import { ExportCursors } from './export-cursors.service.js';
import { ExportEnds } from './export-ends.service.js';
import { ExportReads } from './export-reads.service.js';
import { DeviceApprovals } from './device-approvals.service.js';
import { DeviceCollection } from './device-collection.service.js';
import { DeviceRequestNews } from './device-request-news.service.js';
import { DeviceRequestsController } from './device-requests.controller.js';
import { DeviceRequestsRepository } from './device-requests.repository.js';
import { DeviceRequestsService } from './device-requests.service.js';
import { DevicesController } from './devices.controller.js';
import { InvitationsRepository } from './invitations.repository.js';
import { InvitationsService } from './invitations.service.js';
import { JwksController } from './jwks.controller.js';
import { LoginService } from './login.service.js';
import { PasswordService } from './password.service.js';
import { PendingResetsController } from './pending-resets.controller.js';
import { PrismaAccountEventsRepository } from './prisma-account-events.repository.js';
import { PrismaAccountsRepository } from './prisma-accounts.repository.js';
import { PrismaEscrowsRepository } from './prisma-escrows.repository.js';
import { PrismaDeviceRequestsRepository } from './prisma-device-requests.repository.js';
import { PrismaInvitationsRepository } from './prisma-invitations.repository.js';
import { PrismaResetClaimsRepository } from './prisma-reset-claims.repository.js';
import { PrismaSessionsRepository } from './prisma-sessions.repository.js';
import { PrismaUsedChallengesRepository } from './prisma-used-challenges.repository.js';
import { RecoveryService } from './recovery.service.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { RegistrationService } from './registration.service.js';
import { RekeyService } from './rekey.service.js';
import { ResetAdministration } from './reset-administration.service.js';
import { ResetClaimsRepository } from './reset-claims.repository.js';
import { ResetClaims } from './reset-claims.service.js';
import { ResetRequests } from './reset-requests.service.js';
import { ResetController } from './reset.controller.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SmtpClaimDelivery } from './smtp-claim-delivery.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';
import { VaultKeyController } from './vault-key.controller.js';
import { VerificationKeysService } from './verification-keys.service.js';
import { VerifiedTokens } from './verified-tokens.js';

@Module({
  // Keys are given at each signature: nothing else may sign by accident.
  imports: [KeysModule, AccountLifecycleModule, JwtModule.register({})],
  controllers: [
    AuthController,
    SessionsController,
    CredentialsController,
    VaultKeyController,
    AccountController,
    ErasureController,
    ExportController,
    DeviceRequestsController,
    DevicesController,
    ResetController,
    PendingResetsController,
    JwksController,
  ],
  providers: [
    RegistrationService,
    LoginService,
    SessionsService,
    ChallengesService,
    ChallengeUse,
    AuthProofs,
    CredentialChanges,
    PasswordService,
    RecoveryService,
    RekeyService,
    EscrowService,
    EscrowExport,
    ResetRequests,
    ResetClaims,
    ResetAdministration,
    AccountReset,
    AccountEvents,
    AccountOverview,
    ErasureService,
    AccountExportService,
    CredentialExports,
    ExportCursors,
    ExportEnds,
    ExportReads,
    AccountLimitsService,
    DeviceRequestsService,
    DeviceApprovals,
    DeviceCollection,
    DeviceRequestNews,
    InvitationsService,
    AccessTokensService,
    RefreshTokensService,
    RevocationFeedService,
    { provide: VerifiedTokens, useFactory: () => new VerifiedTokens() },
    AuthSweeperService,
    AccountAdministration,
    VerificationKeysService,
    AccessTokenStrategy,
    { provide: APP_GUARD, useClass: AccessTokenGuard },
    { provide: AccountEventsRepository, useClass: PrismaAccountEventsRepository },
    { provide: AccountsRepository, useClass: PrismaAccountsRepository },
    { provide: SessionsRepository, useClass: PrismaSessionsRepository },
    { provide: UsedChallengesRepository, useClass: PrismaUsedChallengesRepository },
    { provide: EscrowsRepository, useClass: PrismaEscrowsRepository },
    { provide: DeviceRequestsRepository, useClass: PrismaDeviceRequestsRepository },
    { provide: InvitationsRepository, useClass: PrismaInvitationsRepository },
    { provide: ResetClaimsRepository, useClass: PrismaResetClaimsRepository },
    { provide: ClaimDelivery, useClass: SmtpClaimDelivery },
  ],
  exports: [AccountAdministration, EscrowExport, ResetAdministration],
})
export class AuthModule {}
