import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadAdditionalModules } from './additional-modules.js';
import { createApp } from './app.js';
import { banner } from './banner.js';
import type { Settings } from './core/config/index.js';
import { startDatabase } from './core/database/index.js';
import type { RunningDatabase } from './core/database/index.js';
import { RequestsInFlight } from './core/http/index.js';
import type { Logger } from './core/logging/index.js';
import { openSecrets } from './core/secrets/index.js';
import { Shutdown } from './core/shutdown.js';
import { StartError } from './core/start-error.js';

export interface ServerOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /** Called when the server cannot go on because it lost its database to another one. */
  readonly onLost: (error: Error) => void;
}

const IDLE_CHECK_MS = 50;

/** One running server: secrets, database and HTTP. */
export class Server {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly requests: RequestsInFlight,
    private readonly database: RunningDatabase,
    private readonly options: ServerOptions,
    /** The start message. */
    readonly banner: string,
  ) {}

  /**
   * Returns once requests are accepted.
   * @throws StartError
   */
  static async start(options: ServerOptions): Promise<Server> {
    const { settings, log, onLost } = options;
    // Loaded once more by createApp; here it fails before anything was started.
    await loadAdditionalModules(settings.modules);
    const { secrets, created } = await openSecrets(settings.secretsFile);
    const database = await startDatabase(settings, log, { onLost });
    try {
      const app = await createApp({ settings, secrets, database, log });
      const requests = new RequestsInFlight(app.getHttpServer());
      await listen(app, settings);
      const { port } = app.getHttpServer().address() as AddressInfo;
      const text = banner({
        settings,
        port,
        database: database.describe(),
        secretsCreated: created,
        interactive: process.stdout.isTTY,
      });
      return new Server(app, requests, database, options, text);
    } catch (error) {
      await database.stop();
      throw error;
    }
  }

  /**
   * Finishes what is in flight, up to the time that the settings allow, then stops the database.
   * @returns whether everything in flight was finished
   */
  async stop(): Promise<boolean> {
    const { settings, log } = this.options;
    const http = this.app.getHttpServer();
    let finished = true;
    this.app.get(Shutdown).begin();
    // Connections that clients keep open for a next request, or opened in advance, would last until the cut-off.
    const idleCheck = setInterval(() => {
      if (!http.listening && !this.requests.any) http.closeAllConnections();
    }, IDLE_CHECK_MS);
    const cutOff = setTimeout(() => {
      if (!this.requests.any) return;
      finished = false;
      log.warn({ graceMs: settings.shutdownGraceMs }, 'Requests in flight are cut off');
      http.closeAllConnections();
    }, settings.shutdownGraceMs);
    try {
      await this.app.close();
    } finally {
      clearInterval(idleCheck);
      clearTimeout(cutOff);
    }
    return finished;
  }

  /** Ends without regard to requests. */
  async abort(): Promise<void> {
    this.app.getHttpServer().closeAllConnections();
    await this.database.stop();
  }
}

async function listen(app: NestFastifyApplication, { host, port }: Settings): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${host}, port ${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        `Another program already listens on ${where}. Stop it, or set SEALPOST_PORT to another port.`,
      );
    case 'EACCES':
      return new StartError(`This user may not listen on ${where}. Set SEALPOST_PORT to a port above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`This machine does not have the address ${host}. Set SEALPOST_HOST to one that it has.`);
    default:
      return error;
  }
}
