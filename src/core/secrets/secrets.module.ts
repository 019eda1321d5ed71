import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ServerSecrets } from './server-secrets.js';

@Module({})
export class SecretsModule {
  static forRoot(secrets: ServerSecrets): DynamicModule {
    return {
      module: SecretsModule,
      global: true,
      providers: [{ provide: ServerSecrets, useValue: secrets }],
      exports: [ServerSecrets],
    };
  }
}
