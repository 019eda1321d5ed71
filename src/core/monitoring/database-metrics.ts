import type { Database } from '../database/index.js';
import type { Metrics } from '../metrics/index.js';

/** What the one pool of connections does. */
export function addDatabaseMetrics(metrics: Metrics, { pool }: Database): void {
  metrics.gauges(
    {
      name: 'sealpost_database_connections',
      help: 'Open connections to the database.',
      label: 'state',
      values: ['busy', 'idle'],
    },
    () => ({ busy: pool.totalCount - pool.idleCount, idle: pool.idleCount }),
  );
  metrics.gauge(
    { name: 'sealpost_database_connections_limit', help: 'The most connections that this process opens.' },
    () => pool.options.max,
  );
  metrics.gauge(
    { name: 'sealpost_database_waiting_requests', help: 'Who waits for a connection because all are busy.' },
    () => pool.waitingCount,
  );
  const opened = metrics.counter({
    name: 'sealpost_database_connections_opened_total',
    help: 'Connections opened; many of them mean that they break or that the pool is too small.',
  });
  const broken = metrics.counter({
    name: 'sealpost_database_connections_broken_total',
    help: 'Idle connections that the database or the network cut.',
  });
  pool.on('connect', () => opened.increment());
  pool.on('error', () => broken.increment());
}
