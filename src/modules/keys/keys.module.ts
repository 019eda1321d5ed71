import { Module } from '@nestjs/common';
import { KeyExports } from './key-exports.service.js';
import { KeyResets } from './key-resets.service.js';
import { KeyRegistry } from './key-registry.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { KeyLookupsService } from './key-lookups.service.js';
import { KeySuccession } from './key-succession.service.js';
import { PrismaKeyStatementsRepository } from './prisma-key-statements.repository.js';

@Module({
  controllers: [KeysController],
  providers: [
    KeyRegistry,
    KeyExports,
    KeyResets,
    KeysService,
    KeyLookupsService,
    KeySuccession,
    { provide: KeyStatementsRepository, useClass: PrismaKeyStatementsRepository },
  ],
  exports: [KeyRegistry, KeySuccession, KeyResets],
})
export class KeysModule {}
