import { Module } from '@nestjs/common';
import { HandleSigning } from './handle-signing.service.js';
import { KeyAppend } from './key-append.service.js';
import { KeyExports } from './key-exports.service.js';
import { KeyResets } from './key-resets.service.js';
import { KeyRepublications } from './key-republications.service.js';
import { KeyRegistry } from './key-registry.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { KeyLookupsService } from './key-lookups.service.js';
import { KeyRotation } from './key-rotation.service.js';
import { LoginIdLookUps } from './login-id-look-ups.service.js';
import { PrismaKeyStatementsRepository } from './prisma-key-statements.repository.js';

@Module({
  controllers: [KeysController],
  providers: [
    HandleSigning,
    KeyRegistry,
    KeyExports,
    KeyRepublications,
    KeyResets,
    KeysService,
    KeyLookupsService,
    KeyAppend,
    KeyRotation,
    LoginIdLookUps,
    { provide: KeyStatementsRepository, useClass: PrismaKeyStatementsRepository },
  ],
  exports: [KeyRegistry, KeyRotation, KeyResets],
})
export class KeysModule {}
