import { Global, Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { AccountLifecycleModule } from './core/accounts/index.js';
import { Clock, SystemClock } from './core/clock.js';
import { SettingsModule } from './core/config/index.js';
import type { Settings } from './core/config/index.js';
import { CryptoModule } from './core/crypto/index.js';
import { DatabaseModule } from './core/database/index.js';
import type { RunningDatabase } from './core/database/index.js';
import { HttpModule } from './core/http/index.js';
import { MetricsModule } from './core/metrics/index.js';
import { RateLimitModule } from './core/rate-limit/index.js';
import { SecretsModule } from './core/secrets/index.js';
import type { ServerSecrets } from './core/secrets/index.js';
import { ServiceInfoModule } from './core/service-info/index.js';
import { Shutdown } from './core/shutdown.js';
import { AuthModule } from './modules/auth/index.js';
import { HealthModule } from './modules/health/index.js';
import { KeysModule } from './modules/keys/index.js';
import { MessagesModule } from './modules/messages/index.js';
import { BlocksModule } from './modules/blocks/index.js';
import { StateModule } from './modules/state/index.js';

/** A Nest module of a third party: its class, or what its `forRoot()` returns. */
export type AdditionalModule = Type | DynamicModule;

export interface AppParts {
  readonly settings: Settings;
  readonly secrets: ServerSecrets;
  readonly database: RunningDatabase;
  /** Beside Sealpost's own modules and those named in the settings. */
  readonly modules?: readonly AdditionalModule[];
}

@Global()
@Module({
  providers: [{ provide: Clock, useClass: SystemClock }, Shutdown],
  exports: [Clock, Shutdown],
})
class ProcessModule {}

@Module({})
export class AppModule {
  static forRoot({ settings, secrets, database, modules = [] }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings),
        SecretsModule.forRoot(secrets),
        DatabaseModule.forRoot(database),
        ProcessModule,
        MetricsModule,
        CryptoModule,
        HttpModule,
        RateLimitModule,
        AccountLifecycleModule,
        ServiceInfoModule,
        HealthModule,
        KeysModule,
        AuthModule,
        MessagesModule,
        StateModule,
        BlocksModule,
        ...modules,
      ],
    };
  }
}
