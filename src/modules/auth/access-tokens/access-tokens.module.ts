import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokensService } from './access-tokens.service.js';
import { JwksController } from './jwks.controller.js';
import { SigningKeysService } from './signing-keys.service.js';
import { VerifiedTokens } from './verified-tokens.cache.js';

/** Signs and verifies access tokens, and publishes the keys to verify them with. */
@Module({
  // Keys are given at each signature: nothing else may sign by accident.
  imports: [JwtModule.register({})],
  controllers: [JwksController],
  providers: [
    AccessTokenStrategy,
    AccessTokensService,
    SigningKeysService,
    { provide: VerifiedTokens, useFactory: () => new VerifiedTokens() },
  ],
  exports: [AccessTokenStrategy, AccessTokensService, VerifiedTokens],
})
export class AccessTokensModule {}
