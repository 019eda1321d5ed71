import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AccountLocks, OwnerProofs, SessionLocks } from '../../core/accounts/index.js';
import { KeysModule } from '../keys/index.js';
import { AccessTokenStrategy } from './access-tokens/access-token.strategy.js';
import { AccessTokensService, SigningKeysService } from './access-tokens/access-tokens.service.js';
import { JwksController } from './access-tokens/jwks.controller.js';
import { VerifiedTokens } from './access-tokens/verified-tokens.cache.js';
import { AccountsRepository } from './accounts/accounts.repository.js';
import { AccountAdministration } from './administration/account-administration.service.js';
import { EscrowExport } from './administration/escrow-export.service.js';
import { ResetAdministration } from './administration/reset-administration.service.js';
import { CredentialChanges } from './credentials/credential-changes.service.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { PasswordService } from './credentials/password.service.js';
import { RecoveryController } from './credentials/recovery.controller.js';
import { RecoveryService } from './credentials/recovery.service.js';
import { DeviceApprovals } from './devices/device-approvals.service.js';
import { DeviceCollection } from './devices/device-collection.service.js';
import { DeviceRequestsController } from './devices/device-requests.controller.js';
import { DeviceRequestsRepository } from './devices/device-requests.repository.js';
import { DeviceRequestsService } from './devices/device-requests.service.js';
import { DeviceWakeups } from './devices/device-wakeups.service.js';
import { DevicesController } from './devices/devices.controller.js';
import { DpopService } from './dpop/dpop.service.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { ErasureService } from './erasure/erasure.service.js';
import { AccountExportService } from './export/account-export.service.js';
import { CredentialExports, PendingExports } from './export/credential-exports.service.js';
import { ExportCursors, ExportEnds } from './export/export-cursors.service.js';
import { ExportController } from './export/export.controller.js';
import { AccountEventsController } from './history/account-events.controller.js';
import { AccountEventsRepository } from './history/account-events.repository.js';
import { AccountEvents } from './history/account-events.service.js';
import { AccountLimitsService } from './limits/account-limits.service.js';
import { KnownDevices } from './limits/known-devices.service.js';
import { LoginController } from './login/login.controller.js';
import { LoginService } from './login/login.service.js';
import { AccountController, AccountOverview } from './overview/account-overview.controller.js';
import { AuthProofs } from './proofs/auth-proofs.service.js';
import { ChallengeUse } from './proofs/challenge-use.service.js';
import { ChallengesService } from './proofs/challenges.service.js';
import { SigningProofs } from './proofs/signing-proofs.service.js';
import { UsedChallengesRepository } from './proofs/used-challenges.repository.js';
import { InvitationsRepository } from './registration/invitations.repository.js';
import { InvitationsService } from './registration/invitations.service.js';
import { RegistrationController } from './registration/registration.controller.js';
import { RegistrationService } from './registration/registration.service.js';
import { AccountReset } from './reset/account-reset.service.js';
import { ClaimDelivery } from './reset/claim-delivery.js';
import { ClaimMails } from './reset/claim-mails.service.js';
import { PendingResetsController } from './reset/pending-resets.controller.js';
import { ResetClaimsRepository } from './reset/reset-claims.repository.js';
import { ResetClaims } from './reset/reset-claims.service.js';
import { ResetRequests } from './reset/reset-requests.service.js';
import { ResetController } from './reset/reset.controller.js';
import { SmtpClaimDelivery } from './reset/smtp-claim-delivery.js';
import { AccountRowLocks, SessionRowLocks } from './row-locks.service.js';
import { AccessTokenGuard } from './sessions/access-token.guard.js';
import { CurrentSessionController } from './sessions/current-session.controller.js';
import { PrismaSessionsRepository } from './sessions/prisma-sessions.repository.js';
import { RefreshTokensService } from './sessions/refresh-tokens.service.js';
import { RevocationFeedService } from './sessions/revocation-feed.service.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SessionsService } from './sessions/sessions.service.js';
import { AuthSweeperService } from './sweeper/auth-sweeper.service.js';
import { EscrowService } from './vault-key/escrow.service.js';
import { EscrowsRepository } from './vault-key/escrows.repository.js';
import { RekeyService } from './vault-key/rekey.service.js';
import { VaultKeyController } from './vault-key/vault-key.controller.js';

/**
 * All features in one module: which folder may use which is checked of their files (dependency-cruiser). It is global for
 * what it exports, by the ports of core: no other module knows this one. `npm run admin` asks it for its services by name.
 */
@Global()
@Module({
  // Keys are given at each signature: nothing else may sign by accident.
  imports: [KeysModule, JwtModule.register({})],
  controllers: [
    AccountEventsController,
    JwksController,
    CurrentSessionController,
    SessionsController,
    RegistrationController,
    LoginController,
    CredentialsController,
    RecoveryController,
    VaultKeyController,
    AccountController,
    ExportController,
    ErasureController,
    DeviceRequestsController,
    DevicesController,
    PendingResetsController,
    ResetController,
  ],
  // In the order of the folders in README.md.
  providers: [
    AccountEvents,
    AccountEventsRepository,
    AccountLimitsService,
    KnownDevices,
    AuthProofs,
    ChallengeUse,
    ChallengesService,
    SigningProofs,
    UsedChallengesRepository,
    AccessTokenStrategy,
    AccessTokensService,
    SigningKeysService,
    DpopService,
    RefreshTokensService,
    RevocationFeedService,
    SessionsService,
    AccountsRepository,
    InvitationsRepository,
    InvitationsService,
    RegistrationService,
    LoginService,
    CredentialChanges,
    PasswordService,
    RecoveryService,
    EscrowService,
    EscrowsRepository,
    RekeyService,
    AccountOverview,
    AccountExportService,
    CredentialExports,
    ExportCursors,
    ExportEnds,
    PendingExports,
    ErasureService,
    DeviceApprovals,
    DeviceCollection,
    DeviceRequestsRepository,
    DeviceRequestsService,
    DeviceWakeups,
    AccountReset,
    ClaimMails,
    ResetClaims,
    ResetClaimsRepository,
    ResetRequests,
    AccountAdministration,
    EscrowExport,
    ResetAdministration,
    AuthSweeperService,
    { provide: VerifiedTokens, useFactory: () => new VerifiedTokens() },
    { provide: ClaimDelivery, useClass: SmtpClaimDelivery },
    { provide: SessionsRepository, useClass: PrismaSessionsRepository },
    { provide: AccountLocks, useClass: AccountRowLocks },
    { provide: SessionLocks, useClass: SessionRowLocks },
    { provide: OwnerProofs, useExisting: SigningProofs },
    // Every route that is not public needs an access token.
    { provide: APP_GUARD, useClass: AccessTokenGuard },
  ],
  exports: [AccountLocks, OwnerProofs, SessionLocks],
})
export class AuthModule {}
