import { Module } from '@nestjs/common';
import { KeysModule } from '../../keys/index.js';
import { CredentialsModule } from '../credentials/credentials.module.js';
import { EscrowService } from './escrow.service.js';
import { EscrowsRepository } from './escrows.repository.js';
import { PrismaEscrowsRepository } from './prisma-escrows.repository.js';
import { RekeyService } from './rekey.service.js';
import { VaultKeyController } from './vault-key.controller.js';

/** The vault key of an account: a new one, and who else may have it. */
@Module({
  imports: [KeysModule, CredentialsModule],
  controllers: [VaultKeyController],
  providers: [EscrowService, RekeyService, { provide: EscrowsRepository, useClass: PrismaEscrowsRepository }],
  exports: [EscrowService, EscrowsRepository],
})
export class VaultKeyModule {}
