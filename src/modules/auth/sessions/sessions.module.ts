import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessTokensModule } from '../access-tokens/access-tokens.module.js';
import { DpopModule } from '../dpop/dpop.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { AccessTokenGuard } from './access-token.guard.js';
import { CurrentSessionController } from './current-session.controller.js';
import { PrismaSessionsRepository } from './prisma-sessions.repository.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Sessions, from their log-in to their end, and the guard that every route stands behind. */
@Module({
  imports: [AccessTokensModule, DpopModule, HistoryModule, LimitsModule],
  controllers: [CurrentSessionController, SessionsController],
  providers: [
    RefreshTokensService,
    RevocationFeedService,
    SessionsService,
    { provide: APP_GUARD, useClass: AccessTokenGuard },
    { provide: SessionsRepository, useClass: PrismaSessionsRepository },
  ],
  exports: [RevocationFeedService, SessionsRepository, SessionsService],
})
export class SessionsModule {}
