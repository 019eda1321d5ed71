import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ErasureController } from './erasure.controller.js';
import { ErasureService } from './erasure.service.js';

/** The end of an account. */
@Module({
  imports: [KeysModule, AccountsModule, CredentialsModule, RegistrationModule, SessionsModule],
  controllers: [ErasureController],
  providers: [ErasureService],
})
export class ErasureModule {}
