import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import { type Histogram, Metrics, SECONDS_BUCKETS } from '../../core/metrics/index.js';
import { PeriodicWork } from '../../core/periodic-work.js';
import { RetentionRepository, type SweepLimits } from './retention.repository.js';
import { SweepBatches } from './sweep-batches.js';

const INTERVAL_MS = 5000;
const DUE_MESSAGES = 500;
const DUE_MAILBOXES = 50;
const ERASED_ENTRIES = 500;
/** A batch is followed by a pause of this part of its own duration, so that a sweep leaves the database to the others. */
const PAUSE_RATIO = 0.5;
const SHORTEST_PAUSE_MS = 5;

/**
 * Takes away what has expired, was acknowledged or belonged to an erased user, and forgets what is empty, in bounded batches with pauses. Replicas
 * share the work.
 */
@Injectable()
export class MessageSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(MessageSweeper.name);
  readonly #due = this.#batches(DUE_MESSAGES, 'message');
  readonly #acknowledged = this.#batches(DUE_MAILBOXES, 'mailbox');
  readonly #erased = this.#batches(ERASED_ENTRIES, 'erased mailbox');
  readonly #counters;
  readonly #seconds: Histogram;
  readonly #sweeps = new PeriodicWork(() => this.#sweep(), {
    everyMs: INTERVAL_MS,
    failure: 'Messages could not be swept',
  });
  #areSweepsScheduled = false;

  constructor(
    private readonly retention: RetentionRepository,
    private readonly clock: Clock,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    const swept = metrics.counters({
      name: 'sealpost_messages_swept_total',
      help: 'What sweeps removed: expired messages, acknowledged entries, entries of erased mailboxes, and forgotten messages without a body.',
      labels: ['what'],
    });
    this.#counters = {
      expired: swept.with({ what: 'expired' }),
      acknowledged: swept.with({ what: 'acknowledged' }),
      erased: swept.with({ what: 'erased' }),
      forgotten: swept.with({ what: 'forgotten' }),
    };
    this.#seconds = metrics.histogram({
      name: 'sealpost_messages_sweep_seconds',
      help: 'The time of one sweep, with the pauses between its batches.',
      buckets: SECONDS_BUCKETS,
    });
  }

  onApplicationBootstrap(): void {
    this.#sweeps.start();
  }

  /** Waits for the batch under way, so that the database can be closed afterwards. */
  onApplicationShutdown(): Promise<void> {
    return this.#sweeps.stop();
  }

  async #sweep(): Promise<void> {
    const begun = performance.now();
    await this.#try(() => this.#sweepDue());
    if (!this.#areSweepsScheduled) this.#areSweepsScheduled = await this.#try(() => this.#scheduleSweeps());
    await this.#try(() => this.#sweepAcknowledged());
    await this.#try(() => this.#sweepErased());
    this.#seconds.observe((performance.now() - begun) / 1000);
  }

  async #sweepDue(): Promise<void> {
    let from = 0;
    await this.#due.run(async (limits: SweepLimits) => {
      const { expired, forgotten, next } = await this.retention.sweepDue(this.clock.now(), from, limits);
      this.#counters.expired.increment(expired);
      this.#counters.forgotten.increment(forgotten);
      from = next ?? from;
      return next !== null;
    });
  }

  /** Once after the start: mailboxes that were acknowledged while the server kept what was acknowledged. */
  async #scheduleSweeps(): Promise<void> {
    const { deleteAfterAckSeconds } = this.settings;
    if (deleteAfterAckSeconds === undefined) return;
    for (let after: string | null = ''; after !== null;) {
      after = await this.retention.scheduleSweeps(after, this.clock.now() + deleteAfterAckSeconds * 1000);
      if (!(await this.#pause(SHORTEST_PAUSE_MS))) return;
    }
  }

  async #sweepAcknowledged(): Promise<void> {
    const { deleteAfterAckSeconds } = this.settings;
    if (deleteAfterAckSeconds === undefined) return;
    await this.#acknowledged.run(async (limits: SweepLimits) => {
      const delayMs = deleteAfterAckSeconds * 1000;
      const { acknowledged, more } = await this.retention.sweepAcknowledged(this.clock.now(), delayMs, limits);
      this.#counters.acknowledged.increment(acknowledged);
      return more;
    });
  }

  async #sweepErased(): Promise<void> {
    await this.#erased.run(async (limits: SweepLimits) => {
      const { entries, more } = await this.retention.sweepErased(this.clock.now(), limits);
      this.#counters.erased.increment(entries);
      return more;
    });
  }

  #batches(rows: number, kind: string): SweepBatches {
    return new SweepBatches({
      rows,
      pause: (batchMs) => this.#pause(Math.max(SHORTEST_PAUSE_MS, batchMs * PAUSE_RATIO)),
      report: (id, cause) => {
        this.#logger.error(`The ${kind} ${id} cannot be swept and is left out until the next start`, cause);
      },
    });
  }

  /** Resolves to false at once when the server stops. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#sweeps;
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }

  /** What fails is tried again by the next sweep. Resolves to whether nothing did. */
  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.#logger.error('Messages could not be swept', error);
      return false;
    }
  }
}
