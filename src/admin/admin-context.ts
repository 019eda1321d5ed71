import { Output } from '@sealpost/command-line';
import { loadSettings, type Settings } from '../core/config/index.js';
import type { RunningDatabase } from '../core/database/index.js';
import { createLogger } from '../core/logging/index.js';
import { openSecrets } from '../core/secrets/index.js';
import type * as Auth from '../modules/auth/index.js';

type Services = Pick<typeof Auth, 'AccountAdministration' | 'EscrowExport' | 'ResetAdministration'>;

/**
 * What a command of the administrator gets: beside a running server, or on its own. Most of the program, and a second of
 * work, is loaded only by commands that need it.
 */
export class AdminContext extends Output {
  #settings: Settings | undefined;

  get settings(): Settings {
    return (this.#settings ??= loadSettings());
  }

  async withDatabase<T>(work: (database: RunningDatabase) => Promise<T>): Promise<T> {
    const { settings } = this;
    const { openDatabaseForAdmin } = await import('../core/database/index.js');
    const database = await openDatabaseForAdmin(settings, this.#log());
    try {
      return await work(database);
    } finally {
      await database.stop();
    }
  }

  /** Runs work with a service of the server's own composition, without HTTP. */
  async withService<Name extends keyof Services, T>(
    name: Name,
    work: (service: InstanceType<Services[Name]>) => Promise<T>,
  ): Promise<T> {
    const { settings } = this;
    const { secrets } = await openSecrets(settings.secretsFile);
    return this.withDatabase(async (database) => {
      const { NestFactory } = await import('@nestjs/core');
      const { nestOptions, withNamedModules } = await import('../app.js');
      const { AppModule } = await import('../app.module.js');
      const services: Services = await import('../modules/auth/index.js');
      const parts = await withNamedModules({ settings, secrets, database });
      const context = await NestFactory.createApplicationContext(AppModule.forRoot(parts), nestOptions(this.#log()));
      try {
        return await work(context.get<InstanceType<Services[Name]>>(services[name], { strict: false }));
      } finally {
        await context.close();
      }
    });
  }

  /** A command tells its result, and only failures besides: what the database lacks the server says at its start. */
  #log(): ReturnType<typeof createLogger> {
    return createLogger({ logFormat: this.settings.logFormat, logLevel: 'error' });
  }
}
