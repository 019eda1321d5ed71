import { Module } from '@nestjs/common';
import { HandleSigning, KeyAppend } from './key-append.service.js';
import { KeyExports } from './key-exports.service.js';
import { KeyLookupsService } from './key-lookups.service.js';
import { KeyRegistry } from './key-registry.js';
import { KeyRepublications } from './key-republications.service.js';
import { KeyResets } from './key-resets.service.js';
import { KeyRotation } from './key-rotation.service.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { LoginIdLookUps } from './login-id-look-ups.service.js';

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
    KeyStatementsRepository,
  ],
  exports: [KeyRegistry, KeyRotation, KeyResets],
})
export class KeysModule {}
