import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { cpuSeconds } from '../environment/cpu.mjs';
import { EventReader } from '../load/event-stream.mjs';
import { Histogram } from '../load/histogram.mjs';
import { compileRequest, placesOf } from '../load/request-template.mjs';
import { chart } from './chart.mjs';
import { median, readable } from './numbers.mjs';
import { markdownTable, textTable } from './ratio-table.mjs';
import { mediansOf, ratiosOf, verdictOf } from './ratios.mjs';

describe('The histogram of latencies', () => {
  it('the histogram of latencies finds percentiles to a thousandth, of microseconds as of minutes', () => {
    for (const unit of [0.001, 1, 1000]) {
      const histogram = new Histogram();
      for (let value = 1; value <= 1000; value += 1) histogram.record(value * unit);
      const { p50, p99, max } = histogram.summary();
      expect(Math.abs(p50 / (500 * unit) - 1)).toBeLessThan(0.001);
      expect(Math.abs(p99 / (990 * unit) - 1)).toBeLessThan(0.001);
      expect(max).toBeCloseTo(1000 * unit);
    }
  });

  it('the histogram of latencies has no percentile while it is empty', () => {
    expect(new Histogram().percentile(0.5)).toBeNaN();
  });
});

describe('A request template', () => {
  const url = new URL('http://127.0.0.1:8080');
  const [head, body] = ['{"to":"{{recipient}}","id":"{{id}}"}', 'unused'];

  it('a request template of the benchmarks writes fresh values over the last ones and leaves the rest alone', () => {
    const recipients = ['01900000-0000-7000-8000-000000000007'];
    const spec = { method: /** @type {const} */ ('POST'), path: '/v1/messages', token: 'secret', body: head };
    const renew = compileRequest(spec, url, placesOf({ recipients }, 1));
    const texts = [renew().toString(), renew().toString()];
    for (const text of texts) {
      const [headers = '', json = ''] = text.split('\r\n\r\n');
      expect(headers.split('\r\n')).toEqual([
        'POST /v1/messages HTTP/1.1',
        'Host: 127.0.0.1:8080',
        'Authorization: Bearer secret',
        'Content-Type: application/json',
        `Content-Length: ${json.length}`,
      ]);
      expect(JSON.parse(json)).toEqual({
        to: recipients[0],
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      });
    }
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('a request template of the benchmarks refuses a place that it does not know', () => {
    const spec = { method: /** @type {const} */ ('GET'), path: `/{{${body}}}` };
    expect(() => compileRequest(spec, url, placesOf({}, 1))).toThrow('{{unused}}');
  });
});

describe('The reader of event streams', () => {
  it('the reader of event streams puts events together however the bytes are cut', () => {
    const events =
      'event: mailbox\ndata: {"lastSequence":1}\n\n: heartbeat\n\nevent: message\nid: 2\ndata: {"id":"a"}\n\n';
    const chunks = events.match(/[^]{1,25}/g)?.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`) ?? [];
    const answer = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`;
    for (const size of [1, 7, answer.length]) {
      const seen = [];
      const reader = new EventReader((event) => seen.push(event));
      for (let at = 0; at < answer.length; at += size) reader.feed(answer.slice(at, at + size));
      expect(seen).toEqual([
        { event: 'mailbox', data: '{"lastSequence":1}' },
        { event: 'message', data: '{"id":"a"}' },
      ]);
    }
  });

  it('the reader of event streams says how a stream was refused', () => {
    expect(() => new EventReader(() => undefined).feed('HTTP/1.1 401 Unauthorized\r\n\r\n')).toThrow('401');
  });
});

describe('CPU time', () => {
  it('CPU time is that of a process and of its children, those that have ended among them', async () => {
    const burn = 'const until = Date.now() + 300; while (Date.now() < until);';
    const before = await cpuSeconds(process.pid);
    expect(before).toBeGreaterThan(0);
    const child = spawn(process.execPath, ['-e', burn]);
    await once(child, 'exit');
    expect((await cpuSeconds(process.pid)) - before).toBeGreaterThan(0.05);
  });

  it('CPU time of a process that is not there is not a number', async () => {
    expect(await cpuSeconds(undefined)).toBeNaN();
  });
});

describe('The report', () => {
  it('the report of the benchmarks takes medians of the rounds', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(mediansOf([1, 9, 5].map((rate) => ({ a: { rate } })))).toEqual({ a: { rate: 5 } });
  });

  it('the report of the benchmarks writes numbers to about three digits', () => {
    expect([NaN, 0.1234, 1.234, 12.34, 1234.5].map(readable)).toEqual(['–', '0.123', '1.23', '12.3', '1,235']);
  });

  it('the report of the benchmarks judges a ratio by its bound, and not where a part is missing or rounds disagree', () => {
    const rounds = [900, 1000, 1100].map((rate, index) => ({
      'post.sealpost': { rate, nodeCpu: 200 },
      'post.pgbench': { rate: 1000 },
      'post.tutorial': { rate: 100 - index },
      'post.fastify': { rate: 10_000, nodeCpu: 100 },
    }));
    const verdicts = ratiosOf(rounds).map((ratio) => [ratio.number, verdictOf(ratio)]);
    expect(verdicts.slice(0, 6)).toEqual([
      [1, 'within the spread'],
      [2, 'yes'],
      [2, 'not measured'],
      [3, 'no'],
      [4, 'yes'],
      [4, 'not measured'],
    ]);
  });

  it('the report of the benchmarks takes the median of the ratios that each round has by itself', () => {
    const rounds = [
      { 'post.sealpost': { rate: 10 }, 'post.pgbench': { rate: 10 } },
      { 'post.sealpost': { rate: 40 }, 'post.pgbench': { rate: 20 } },
      { 'post.sealpost': { rate: 15 }, 'post.pgbench': { rate: 5 } },
    ];
    expect(ratiosOf(rounds)[0]).toMatchObject({ value: 2, low: 1, high: 3 });
  });

  it('the report of the benchmarks shows the same ratios on the page and on the terminal', () => {
    const ratios = ratiosOf([{ disk: { sealpost: 500, tutorial: 1000 } }]);
    expect(markdownTable(ratios)).toContain(
      '| 12 | disk bytes per stored message ÷ tutorial stack | 0.500 |  | ≤ 0.85 | yes |',
    );
    expect(textTable(ratios)).toMatch(/12 +disk bytes per stored message ÷ tutorial stack +0\.500 +≤ 0\.85 +yes/);
  });

  it('the report of the benchmarks draws the longest bar across, leaves out what has no value, and escapes names', () => {
    const bars = [
      { label: 'a & b', value: 200, own: true },
      { label: 'half', value: 100 },
      { label: 'nothing', value: 0 },
    ];
    const svg = chart('Rates', [{ title: 'Per second', bars }]);
    const widths = [...svg.matchAll(/class="(?:own|bar)"[^>]* width="(\d+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect(widths[1]).toBe(Math.round((widths[0] ?? 0) / 2));
    expect(svg).toContain('a &amp; b');
    expect(svg).not.toContain('nothing');
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});
