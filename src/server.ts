import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadAdditionalModules } from './additional-modules.js';
import { createApp } from './app.js';
import { abortable } from './core/abortable.js';
import { banner } from './banner.js';
import type { Settings } from './core/config/index.js';
import { type Database, type RunningDatabase, startDatabase } from './core/database/index.js';
import { RequestsInFlight } from './core/http/index.js';
import { listenError } from './core/start-error.js';
import type { Logger } from './core/logging/index.js';
import { Metrics } from './core/metrics/index.js';
import { Monitoring } from './core/monitoring/index.js';
import { openSecrets } from './core/secrets/index.js';
import { claimServiceName } from './core/service-info/index.js';
import { Shutdown } from './core/shutdown.js';

export interface ServerOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /** Called when the server cannot go on because it lost its database to another one. */
  readonly onLost: (error: Error) => void;
  /** Stops the start; what was begun is stopped before `start` rejects. */
  readonly signal: AbortSignal;
}

const IDLE_CHECK_MS = 50;

/** What a server is made of. */
interface Parts {
  readonly app: NestFastifyApplication;
  readonly requests: RequestsInFlight;
  readonly database: RunningDatabase;
  readonly monitoring: Monitoring | null;
}

/** One running server: secrets, database, HTTP and metrics. */
export class Server {
  private constructor(
    private readonly parts: Parts,
    private readonly options: ServerOptions,
    /** The start message. */
    readonly banner: string,
  ) {}

  /**
   * Returns once requests are accepted.
   * @throws StartError
   */
  static async start(options: ServerOptions): Promise<Server> {
    const { settings, log, onLost, signal } = options;
    // Loaded once more by createApp; here it fails before anything was started.
    await abortable(loadAdditionalModules(settings.modules), signal);
    const { secrets, created } = await openSecrets(settings.secretsFile);
    const database = await startDatabase(settings, log, { onLost, signal });
    try {
      await abortable(claimServiceName(database.database, settings.serviceId), signal);
      const app = await abortable(createApp({ settings, secrets, database, log }), signal);
      const requests = new RequestsInFlight(app.getHttpServer());
      const monitoring = await abortable(listen(app, settings, { requests, database: database.database }), signal);
      const { port } = app.getHttpServer().address() as AddressInfo;
      const text = banner({
        settings,
        port,
        metricsPort: monitoring?.port ?? null,
        database: database.describe(),
        secretsCreated: created,
        interactive: process.stdout.isTTY,
      });
      return new Server({ app, requests, database, monitoring }, options, text);
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
    const { app, requests, monitoring } = this.parts;
    const http = app.getHttpServer();
    let finished = true;
    app.get(Shutdown).begin();
    // Connections that clients keep open for a next request, or opened in advance, would last until the cut-off.
    const idleCheck = setInterval(() => {
      if (!http.listening && !requests.any) http.closeAllConnections();
    }, IDLE_CHECK_MS);
    const cutOff = setTimeout(() => {
      if (!requests.any) return;
      finished = false;
      log.warn({ graceMs: settings.shutdownGraceMs }, 'Requests in flight are cut off');
      http.closeAllConnections();
    }, settings.shutdownGraceMs);
    try {
      await app.close();
      // The last, so that a scrape can see the server stop.
      await monitoring?.stop();
    } finally {
      clearInterval(idleCheck);
      clearTimeout(cutOff);
    }
    return finished;
  }

  /** Ends without regard to requests. */
  async abort(): Promise<void> {
    this.parts.app.getHttpServer().closeAllConnections();
    await this.parts.database.stop();
  }
}

/** First the metrics, so that a port that cannot be had is known before anything is served. */
async function listen(
  app: NestFastifyApplication,
  settings: Settings,
  parts: { readonly requests: RequestsInFlight; readonly database: Database },
): Promise<Monitoring | null> {
  const monitoring = await Monitoring.start({ settings, metrics: app.get(Metrics), ...parts });
  const { host, port } = settings;
  try {
    await app.listen({ host, port });
    return monitoring;
  } catch (error) {
    await monitoring?.stop();
    throw listenError(error, { host, port, settings: { host: 'SEALPOST_HOST', port: 'SEALPOST_PORT' } });
  }
}
