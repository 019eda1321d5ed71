import { Global, Injectable, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { counterSamples, ExposedMetric, histogramSamples, type MetricKind, type Sample } from './exposed-metric.js';
import { Counter, Family, Histogram } from './instruments.js';

/** Upper bounds for what a request, a statement or a commit takes, in seconds. */
export const SECONDS_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Upper bounds for how many things were done together. */
export const COUNT_BUCKETS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export interface MetricOptions {
  /** `<product or module>_<what>_<unit>` in lower case; a counter ends in `_total`. docs/metrics.md has the rules. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
}

export interface LabelledOptions<Label extends string> extends MetricOptions {
  /** Values of labels are chosen by the server, never by its users: no ids, names, addresses or tokens. */
  readonly labels: readonly Label[];
}

export interface GaugeValue<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

export interface BucketOptions {
  /** Upper bounds, ascending; SECONDS_BUCKETS or COUNT_BUCKETS where they fit. */
  readonly buckets: readonly number[];
}

const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;
/** More combinations of label values than this are a mistake, which must not fill the memory. */
const MOST_COMBINATIONS = 2000;

/**
 * Where every part of the server makes its metrics, once, when it is constructed. Injectable everywhere; one for each
 * application, so that several of them in a process do not meet. Observing costs next to nothing, so nobody needs to
 * ask whether metrics are served.
 */
@Injectable()
export class Metrics {
  /** Everything that a scrape shows. */
  readonly registry = new Registry();

  /** @throws Error for a name that is taken or against the rules; the same holds for all the others */
  counter(options: MetricOptions): Counter {
    return this.counters({ ...options, labels: [] }).with({});
  }

  counters<Label extends string>(options: LabelledOptions<Label>): Family<Label, Counter> {
    const family = new Family(options.labels, () => new Counter(), MOST_COMBINATIONS);
    this.expose(options, 'counter', () => counterSamples(family));
    return family;
  }

  histogram(options: MetricOptions & BucketOptions): Histogram {
    return this.histograms({ ...options, labels: [] }).with({});
  }

  histograms<Label extends string>(options: LabelledOptions<Label> & BucketOptions): Family<Label, Histogram> {
    const family = new Family(options.labels, () => new Histogram(options.buckets), MOST_COMBINATIONS);
    this.expose(options, 'histogram', () => histogramSamples(options.name, family));
    return family;
  }

  /** `read` gives the value of now and is called at each scrape. It must be quick; where it fails the scrape lacks it. */
  gauge(options: MetricOptions, read: () => number | Promise<number>): void {
    this.expose(options, 'gauge', async () => [{ labels: {}, value: await read() }]);
  }

  /** A gauge with a value for each combination of labels. */
  gauges<Label extends string>(options: LabelledOptions<Label>, read: () => readonly GaugeValue<Label>[]): void {
    this.expose(options, 'gauge', () => [...read()]);
  }

  private expose(options: MetricOptions, kind: MetricKind, read: () => Sample[] | Promise<Sample[]>): void {
    const { name } = options;
    if (!NAME.test(name)) throw new Error(`"${name}" is not a name of a metric: see docs/metrics.md`);
    if ((kind === 'counter') !== name.endsWith('_total'))
      throw new Error(`Counters, and only they, end in _total: ${name}`);
    this.registry.registerMetric(new ExposedMetric(options, kind, read).forRegistry());
  }
}

@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
