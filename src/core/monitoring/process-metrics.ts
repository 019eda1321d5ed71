import { readdir, stat } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { EventLoopUtilization, IntervalHistogram } from 'node:perf_hooks';
import { collectDefaultMetrics } from 'prom-client';
import type { GaugeValue, Metrics } from '../metrics/index.js';

/** How often the event loop is asked to be on time. */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/**
 * Of prom-client's own metrics: its event-loop lag counts the pause between two of its looks as lag, and its lists of
 * handles, requests, resources and open files stop the event loop for as long as it takes to walk them, which is 20 ms
 * and more with ten thousand open streams.
 */
const LEFT_OUT = /^(?:nodejs_eventloop_lag|nodejs_active_|process_open_fds)/;
/** Linux only; elsewhere the metric is absent. */
const OPEN_FILES = '/proc/self/fd';

/** What the process itself does: event loop, memory, processor, garbage collection, version. */
export class ProcessMetrics {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private lastUtilization: EventLoopUtilization = performance.eventLoopUtilization();

  /** Measures until `stop()`. */
  constructor(metrics: Metrics, version: string) {
    this.delay.enable();
    metrics.gauges(
      {
        name: 'sealpost_event_loop_delay_seconds',
        help: 'How late the event loop was since the last scrape: median, 99th percentile and longest delay.',
        labels: ['statistic'],
      },
      () => this.readDelay(),
    );
    metrics.gauge(
      {
        name: 'sealpost_event_loop_utilization_ratio',
        help: 'The share of the time since the last scrape in which the event loop was not idle.',
      },
      () => this.readUtilization(),
    );
    metrics.gauges(
      { name: 'sealpost_build_info', help: 'Always 1; the label is the version.', labels: ['version'] },
      () => [{ labels: { version }, value: 1 }],
    );
    addDefaultMetrics(metrics);
    addOpenFiles(metrics);
  }

  stop(): void {
    this.delay.disable();
  }

  private readDelay(): GaugeValue<'statistic'>[] {
    const { delay } = this;
    const values = [
      { labels: { statistic: 'p50' }, value: lateness(delay.percentile(50)) },
      { labels: { statistic: 'p99' }, value: lateness(delay.percentile(99)) },
      { labels: { statistic: 'max' }, value: lateness(delay.max) },
    ];
    delay.reset();
    return values;
  }

  private readUtilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.lastUtilization);
    this.lastUtilization = now;
    return utilization;
  }
}

/** Node measures from one look to the next, the pause between them included. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
}

function addDefaultMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (LEFT_OUT.test(name)) registry.removeSingleMetric(name);
  }
}

function addOpenFiles(metrics: Metrics): void {
  metrics.gauge({ name: 'process_open_fds', help: 'Open files and connections of the process.' }, countOpenFiles);
}

/** Linux says their number itself since version 6.2; before, they have to be listed. */
async function countOpenFiles(): Promise<number> {
  const { size } = await stat(OPEN_FILES);
  return size > 0 ? size : (await readdir(OPEN_FILES)).length;
}
