import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '../metrics/index.js';
import { ProcessMetrics } from './process-metrics.js';

const BLOCKED_MS = 300;
const BLOCKED_LONG = 0.2;
const LOOKED_AGAIN_MS = 50;

let metrics: Metrics;
let processMetrics: ProcessMetrics;

beforeEach(() => {
  metrics = new Metrics();
  processMetrics = new ProcessMetrics(metrics, '1.2.3');
});

afterEach(() => {
  processMetrics.stop();
});

async function delayNow(statistic: 'p50' | 'max'): Promise<number> {
  const text = await metrics.registry.metrics();
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`sealpost_event_loop_delay_seconds{statistic="${statistic}"`));
  return Number(line?.split(' ')[1]);
}

/** Scrapes until one of them shows such a delay. */
async function scrapeUntil(wanted: (seconds: number) => boolean, statistic: 'p50' | 'max' = 'max'): Promise<number> {
  for (;;) {
    const seconds = await delayNow(statistic);
    if (wanted(seconds)) return seconds;
    await sleep(LOOKED_AGAIN_MS);
  }
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('the event-loop delay', () => {
  it('the event-loop delay shows that the loop was blocked, once', async () => {
    await scrapeUntil((seconds) => seconds < BLOCKED_LONG);
    // Node measures from one of its looks to the next; a scrape makes it begin anew. One is due before the end of each.
    await sleep(LOOKED_AGAIN_MS);
    block(BLOCKED_MS);
    await sleep(LOOKED_AGAIN_MS);
    expect(await scrapeUntil((seconds) => seconds >= BLOCKED_LONG)).toBeGreaterThanOrEqual(BLOCKED_LONG);
    expect(await scrapeUntil((seconds) => seconds < BLOCKED_LONG)).toBeLessThan(BLOCKED_LONG);
  });

  it('the event-loop delay does not count the pause between two looks as a delay', async () => {
    const isMeasured = (seconds: number) => seconds > 0;
    const isShorterThanThePause = (seconds: number) => seconds < 0.005;
    expect(await scrapeUntil((seconds) => isMeasured(seconds) && isShorterThanThePause(seconds), 'p50')).toBeLessThan(
      0.005,
    );
    expect(await metrics.registry.metrics()).not.toContain('nodejs_eventloop_lag');
  });
});

describe('the other metrics of a process', () => {
  it('the other metrics of a process are there, but for those that walk through every connection', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toContain('sealpost_build_info{version="1.2.3"} 1\n');
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).not.toContain('nodejs_active');
  });
});
