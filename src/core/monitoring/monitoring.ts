import type { Settings } from '../config/index.js';
import type { Database } from '../database/index.js';
import type { RequestsInFlight } from '../http/index.js';
import { listenError } from '../start-error.js';
import type { Metrics } from '../metrics/index.js';
import { productVersion } from '../product-version.js';
import { addDatabaseMetrics } from './database-metrics.js';
import { MetricsListener } from './metrics-listener.js';
import { ProcessMetrics } from './process-metrics.js';

export interface MonitoringOptions {
  readonly settings: Pick<Settings, 'metricsHost' | 'metricsPort'>;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly requests: RequestsInFlight;
}

/** The metrics of a running server: what only a whole server has to measure, and the port that serves them all. */
export class Monitoring {
  private constructor(
    private readonly process: ProcessMetrics,
    private readonly listener: MetricsListener,
    /** The port that the system assigned. */
    readonly port: number,
  ) {}

  /**
   * Null where the settings name no port: nothing is measured that nobody asks for.
   * @throws StartError where the port cannot be had
   */
  static async start({ settings, metrics, database, requests }: MonitoringOptions): Promise<Monitoring | null> {
    const { metricsHost: host, metricsPort: port } = settings;
    if (port === undefined) return null;
    const listener = await listen(metrics, host, port);
    addDatabaseMetrics(metrics, database);
    metrics.gauge(
      { name: 'sealpost_http_requests_in_flight', help: 'Requests being answered, open streams among them.' },
      () => requests.count,
    );
    return new Monitoring(new ProcessMetrics(metrics, productVersion()), listener, listener.port);
  }

  async stop(): Promise<void> {
    await this.listener.stop();
    this.process.stop();
  }
}

async function listen(metrics: Metrics, host: string, port: number): Promise<MetricsListener> {
  try {
    return await MetricsListener.start(metrics, { host, port });
  } catch (error) {
    const settings = { host: 'SEALPOST_METRICS_HOST', port: 'SEALPOST_METRICS_PORT' };
    throw listenError(error, { host, port, settings });
  }
}
