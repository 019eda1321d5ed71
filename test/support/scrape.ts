import type { TestServer } from './server.js';

/** One line of a scrape. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly text: string;
  /** The names of the metrics, without the `_bucket`, `_sum` and `_count` of histograms. */
  readonly names: readonly string[];
  readonly samples: readonly ScrapedSample[];
  /** The value of the only sample with this name and at least these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** The address that the start message of a server with SEALPOST_METRICS_PORT names. */
export function metricsUrl(server: TestServer): string {
  const url = /Metrics +(http:\S+)/.exec(server.logs())?.[1];
  if (url === undefined) throw new Error(`The server names no address of metrics:\n${server.logs()}`);
  return url;
}

export async function scrape(server: TestServer): Promise<Scrape> {
  const response = await fetch(metricsUrl(server));
  if (response.status !== 200) throw new Error(`The scrape was answered with ${response.status}`);
  return parseScrape(await response.text());
}

function parseScrape(text: string): Scrape {
  const lines = text.split('\n');
  const names = lines.flatMap((line) => /^# TYPE (\w+) /.exec(line)?.[1] ?? []);
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseSample);
  return {
    text,
    names,
    samples,
    value: (name, labels = {}) => {
      const found = samples.filter((sample) => sample.name === name && hasLabels(sample, labels));
      if (found.length !== 1) throw new Error(`${found.length} samples of ${name}${JSON.stringify(labels)}:\n${text}`);
      return found[0]!.value;
    },
  };
}

function parseSample(line: string): ScrapedSample {
  const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`Not a line of a scrape: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text] as const);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
}

function hasLabels(sample: ScrapedSample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}
