import { describe, expect, it } from '@jest/globals';
import { COUNT_BUCKETS, Metrics } from './metrics.js';

const help = 'What it is.';

describe('a scrape', () => {
  it('a scrape of metrics shows a counter, from zero on', async () => {
    const metrics = new Metrics();
    const made = metrics.counter({ name: 'notes_made_total', help });
    expect(await metrics.registry.metrics()).toBe(
      '# HELP notes_made_total What it is.\n# TYPE notes_made_total counter\nnotes_made_total 0\n',
    );
    made.increment();
    made.increment(2);
    expect(await metrics.registry.metrics()).toContain('\nnotes_made_total 3\n');
  });

  it('a scrape of metrics tells combinations of labels apart, whatever the order in which they are given', async () => {
    const metrics = new Metrics();
    const notes = metrics.counters({ name: 'notes_read_total', help, labels: ['colour', 'size'] });
    notes.with({ colour: 'red', size: 'big' }).increment();
    notes.with({ size: 'big', colour: 'red' }).increment();
    notes.with({ colour: 'big', size: 'red' }).increment();
    const text = await metrics.registry.metrics();
    expect(text).toContain('notes_read_total{colour="red",size="big"} 2\n');
    expect(text).toContain('notes_read_total{colour="big",size="red"} 1\n');
  });

  it('a scrape of metrics counts each value into its bucket and all the larger ones', async () => {
    const metrics = new Metrics();
    const size = metrics.histogram({ name: 'notes_group_size', help, buckets: [1, 2, 5] });
    for (const value of [1, 2, 2, 3, 6]) size.observe(value);
    expect((await metrics.registry.metrics()).split('\n').slice(2)).toEqual([
      'notes_group_size_bucket{le="1"} 1',
      'notes_group_size_bucket{le="2"} 3',
      'notes_group_size_bucket{le="5"} 4',
      'notes_group_size_bucket{le="+Inf"} 5',
      'notes_group_size_sum 14',
      'notes_group_size_count 5',
      '',
    ]);
  });

  it('a scrape of metrics asks a gauge for its value of now', async () => {
    const metrics = new Metrics();
    let open = 1;
    metrics.gauge({ name: 'notes_open', help }, () => open);
    expect(await metrics.registry.metrics()).toContain('\nnotes_open 1\n');
    open = 7;
    expect(await metrics.registry.metrics()).toContain('\nnotes_open 7\n');
  });

  it('a scrape of metrics goes on without a value that cannot be read', async () => {
    const metrics = new Metrics();
    metrics.gauge({ name: 'notes_open', help }, () => Promise.reject(new Error('gone')));
    metrics.gauges({ name: 'notes_pages', help, labels: ['kind'] }, () => [{ labels: { kind: 'blank' }, value: 3 }]);
    const text = await metrics.registry.metrics();
    expect(text).not.toMatch(/^notes_open/m);
    expect(text).toContain('\nnotes_pages{kind="blank"} 3\n');
  });
});

describe('a metric', () => {
  it.each(['Notes_total', 'notes', 'notes-made_total', '_notes_total', 'notes__total'])(
    'a metric is not named %s',
    (name) => {
      expect(() => new Metrics().counter({ name, help })).toThrow();
    },
  );

  it('a metric ends in _total exactly if it is a counter', () => {
    expect(() => new Metrics().counter({ name: 'notes_made', help })).toThrow('_total');
    expect(() => {
      new Metrics().gauge({ name: 'notes_open_total', help }, () => 1);
    }).toThrow('_total');
  });

  it('a metric has its name for itself, within one application', () => {
    const metrics = new Metrics();
    const make = (within: Metrics) => within.histogram({ name: 'notes_group_size', help, buckets: COUNT_BUCKETS });
    make(metrics);
    expect(() => make(metrics)).toThrow('notes_group_size');
    expect(() => make(new Metrics())).not.toThrow();
  });

  it('a metric keeps its memory bounded when somebody puts ids into its labels', async () => {
    const metrics = new Metrics();
    const wrong = metrics.counters({ name: 'notes_made_total', help, labels: ['id'] });
    for (let id = 0; id < 5000; id += 1) wrong.with({ id: String(id) }).increment();
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('notes_made_total'));
    expect(lines.length).toBeLessThanOrEqual(2001);
    expect(lines.at(-1)).toBe('notes_made_total{id="other"} 3000');
  });
});
