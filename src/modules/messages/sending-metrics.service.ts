import { Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors.js';
import { COUNT_BUCKETS, type Counter, type Histogram, Metrics, SECONDS_BUCKETS } from '../../core/metrics/index.js';
import type { AcceptedMessage } from './message.js';

const RESULTS = ['stored', 'repeated', 'refused', 'overloaded', 'failed'] as const;

type Result = (typeof RESULTS)[number];

/** What the module tells about sending; docs/metrics.md explains each. */
@Injectable()
export class SendingMetrics {
  readonly #results: ReadonlyMap<Result, Counter>;
  readonly #entries: Counter;
  readonly #groupSize: Histogram;
  readonly #commitSeconds: Histogram;

  constructor(private readonly metrics: Metrics) {
    const sent = metrics.counters({
      name: 'sealpost_messages_sent_total',
      help: 'Messages by what became of them.',
      labels: ['result'],
    });
    this.#results = new Map(RESULTS.map((result) => [result, sent.with({ result })]));
    this.#entries = metrics.counter({
      name: 'sealpost_messages_delivered_entries_total',
      help: 'Entries written into mailboxes.',
    });
    this.#groupSize = metrics.histogram({
      name: 'sealpost_messages_group_size',
      help: 'Messages stored by one commit.',
      buckets: COUNT_BUCKETS,
    });
    this.#commitSeconds = metrics.histogram({
      name: 'sealpost_messages_commit_seconds',
      help: 'From the beginning of a transaction of sends to its commit.',
      buckets: SECONDS_BUCKETS,
    });
  }

  /** `depth` is asked at each scrape. */
  showQueue(depth: () => number): void {
    const help = 'Messages that wait for the next commit.';
    this.metrics.gauge({ name: 'sealpost_messages_queue_depth', help }, depth);
  }

  accepted(repeated: boolean): void {
    this.#count(repeated ? 'repeated' : 'stored');
  }

  notAccepted(error: unknown): void {
    const known = error instanceof DomainError;
    this.#count(!known ? 'failed' : error.code === 'server.overloaded' ? 'overloaded' : 'refused');
  }

  committed(messages: readonly AcceptedMessage[], milliseconds: number): void {
    this.#groupSize.observe(messages.length);
    this.#commitSeconds.observe(milliseconds / 1000);
    this.#entries.increment(messages.reduce((sum, { recipients }) => sum + recipients.length, 0));
  }

  #count(result: Result): void {
    this.#results.get(result)?.increment();
  }
}
