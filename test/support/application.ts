import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { loadSettings } from '../../src/core/config/index.js';
import { CryptoService, SodiumCryptoService } from '../../src/core/crypto/index.js';
import { generateSecrets, secretsOf } from '../../src/core/secrets/index.js';
import type { TestDatabase } from './test-database.js';

export interface ApplicationOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly crypto?: CryptoService;
}

/** The server's own composition in the process of the test, without HTTP: for what cannot be seen from outside. */
export async function startApplication(
  database: TestDatabase,
  options: ApplicationOptions = {},
): Promise<TestingModule> {
  const parts = {
    settings: loadSettings({ SEALPOST_LOG_LEVEL: 'silent', ...options.env }),
    secrets: secretsOf(generateSecrets(new Date())),
    database,
  };
  return Test.createTestingModule({ imports: [AppModule.forRoot(parts)] })
    .overrideProvider(CryptoService)
    .useValue(options.crypto ?? (await SodiumCryptoService.create()))
    .compile();
}
