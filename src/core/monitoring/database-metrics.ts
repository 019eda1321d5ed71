import type { Database } from '../database/index.js';
import type { Counter, Metrics } from '../metrics/index.js';

type Pool = Database['pool'];

/** What the pools of connections do: the one for all ordinary work, and the pipelines of the hottest statements. */
export function addDatabaseMetrics(metrics: Metrics, database: Database): void {
  const pools = Object.entries({ ordinary: database.pool, pipelines: database.pipelines });
  addPoolGauges(metrics, pools);
  const opened = metrics.counters({
    name: 'sealpost_database_connections_opened_total',
    help: 'Connections opened; many of them mean that they break or that the pool is too small.',
    labels: ['pool'],
  });
  const broken = metrics.counters({
    name: 'sealpost_database_connections_broken_total',
    help: 'Idle connections that the database or the network cut.',
    labels: ['pool'],
  });
  for (const [name, pool] of pools) countEvents(pool, opened.with({ pool: name }), broken.with({ pool: name }));
}

function addPoolGauges(metrics: Metrics, pools: readonly (readonly [string, Pool])[]): void {
  metrics.gauges(
    {
      name: 'sealpost_database_connections',
      help: 'Open connections to the database.',
      labels: ['pool', 'state'],
    },
    () =>
      pools.flatMap(([pool, { totalCount, idleCount }]) => [
        { labels: { pool, state: 'busy' }, value: totalCount - idleCount },
        { labels: { pool, state: 'idle' }, value: idleCount },
      ]),
  );
  metrics.gauges(
    { name: 'sealpost_database_connections_limit', help: 'The most connections that a pool opens.', labels: ['pool'] },
    () => pools.map(([pool, { options }]) => ({ labels: { pool }, value: options.max })),
  );
  metrics.gauges(
    {
      name: 'sealpost_database_waiting_requests',
      help: 'Who waits for a connection because all are busy.',
      labels: ['pool'],
    },
    () => pools.map(([pool, { waitingCount }]) => ({ labels: { pool }, value: waitingCount })),
  );
}

function countEvents(pool: Pool, opened: Counter, broken: Counter): void {
  // The start has looked at the database by then.
  opened.increment(pool.totalCount);
  pool.on('connect', () => opened.increment());
  pool.on('error', () => broken.increment());
}
