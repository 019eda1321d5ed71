import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { call, startProcess } from '../support/index.js';
import { scrape, type Scrape } from '../support/scrape.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const METRIC = /\b(?:sealpost|process|nodejs)_\w+/g;
/** Agreed names, which the parts that they are about have still to make. */
const AGREED: ReadonlySet<string> = new Set(
  [...['swept_total', 'sweep_seconds']].map((name) => `sealpost_messages_${name}`),
);
/** Series of a histogram, which are used instead of its name. */
const HISTOGRAM_SERIES = /_(?:bucket|sum|count)$/;

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { name: string; type: string; definition?: string }[] };
  readonly panels: readonly Panel[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

let now: Scrape;
let page: string;
let dashboard: Dashboard;
let rules: readonly Rule[];

beforeAll(async () => {
  const server = await startProcess({ env: { SEALPOST_METRICS_PORT: '0' } });
  await call(server, 'GET', '/health/live');
  now = await scrape(server);
  page = await textOf('docs/metrics.md');
  dashboard = JSON.parse(await textOf('deploy/monitoring/grafana-dashboard.json')) as Dashboard;
  const file = parse(await textOf('deploy/monitoring/prometheus-rules.yml')) as { groups: { rules: Rule[] }[] };
  rules = file.groups.flatMap((group) => group.rules);
});

describe('docs/metrics.md', () => {
  it('docs/metrics.md names every metric of a scrape', () => {
    expect(now.names.filter((name) => !documented().has(name))).toEqual([]);
  });

  it('docs/metrics.md names nothing that a scrape does not show', () => {
    expect([...documented()].filter((name) => !exists(name))).toEqual([]);
  });

  it('docs/metrics.md names every label of its metrics', () => {
    const labels = new Set(now.samples.flatMap((sample) => Object.keys(sample.labels)));
    labels.delete('le');
    expect([...labels].filter((label) => !page.includes(`\`${label}\``))).toEqual([]);
  });

  it('docs/metrics.md says what each alert calls for', () => {
    expect(rules.map(({ alert }) => alert).filter((alert) => !page.includes(`\`${alert}\``))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const panels = () => dashboard.panels.filter(({ type }) => type !== 'row');

  it('the dashboard of metrics asks for metrics that exist', () => {
    const queries = panels().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const variables = dashboard.templating.list.flatMap(({ definition = '' }) => definition);
    expect(unknownMetrics([...queries, ...variables])).toEqual([]);
  });

  it('the dashboard of metrics shows every metric of Sealpost itself', () => {
    const shown = new Set(panels().flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsOf(expr))));
    expect(now.names.filter((name) => name.startsWith('sealpost_') && !shown.has(name))).toEqual([]);
  });

  it('the dashboard of metrics has panels with a query each, of the data source that is chosen at the top', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    for (const panel of panels()) {
      expect(panel.targets?.length).toBeGreaterThan(0);
      for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
        expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
      }
    }
  });

  it('the dashboard of metrics has panels that do not cover each other', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

describe('the alerts', () => {
  it('the alerts of metrics ask for metrics that exist', () => {
    expect(rules.length).toBeGreaterThan(5);
    expect(unknownMetrics(rules.map(({ expr }) => expr))).toEqual([]);
  });

  it('the alerts of metrics say how bad it is and what happened', () => {
    for (const rule of rules) {
      expect(rule.alert).toMatch(/^Sealpost[A-Z]\w+$/);
      expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
      expect(rule.annotations.summary).toMatch(/\{\{ \$(labels|value)\b.*\}\}.*\.$/);
      expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/);
    }
  });

  it('the alerts of metrics are those that the example of Prometheus reads', async () => {
    const example = parse(await textOf('deploy/monitoring/prometheus.yml')) as { rule_files: string[] };
    expect(example.rule_files).toEqual(['prometheus-rules.yml']);
  });
});

function textOf(path: string): Promise<string> {
  return readFile(resolve(PROJECT, path), 'utf8');
}

function documented(): Set<string> {
  return new Set([...page.matchAll(/`((?:sealpost|process|nodejs)_\w+)`/g)].map(([, name]) => name!));
}

function metricsOf(query: string): string[] {
  return (query.match(METRIC) ?? []).map((name) =>
    now.names.includes(name) ? name : name.replace(HISTOGRAM_SERIES, ''),
  );
}

function unknownMetrics(queries: readonly string[]): string[] {
  return [...new Set(queries.flatMap(metricsOf))].filter((name) => !exists(name));
}

function exists(name: string): boolean {
  return now.names.includes(name) || AGREED.has(name);
}
