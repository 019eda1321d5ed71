import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { Clock, SystemClock } from '../../src/core/clock.js';
import { loadSettings } from '../../src/core/config/index.js';
import { CryptoService, SodiumCryptoService } from '../../src/core/crypto/index.js';
import { generateSecrets, secretsOf } from '../../src/core/secrets/index.js';
import type { TestDatabase } from './test-database.js';

export interface ApplicationOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly crypto?: CryptoService;
  readonly clock?: Clock;
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
    .overrideProvider(Clock)
    .useValue(options.clock ?? new SystemClock())
    .compile();
}

/** A clock that stands still until it is set. */
export class SetClock extends Clock {
  constructor(private time = Date.now()) {
    super();
  }

  now(): number {
    return this.time;
  }

  pass(ms: number): void {
    this.time += ms;
  }
}
