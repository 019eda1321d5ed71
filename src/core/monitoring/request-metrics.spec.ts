import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../metrics/index.js';
import { RequestMetrics } from './request-metrics.js';

async function requestsAfter(...requests: Parameters<RequestMetrics['finished']>[0][]): Promise<string[]> {
  const metrics = new Metrics();
  const observed = new RequestMetrics(metrics);
  for (const request of requests) observed.finished(request);
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => /^sealpost_http_requests_total|_(?:sum|count)\b/.test(line));
}

describe('the metrics of requests', () => {
  it('the metrics of requests tell methods, routes and statuses apart, and time the first two', async () => {
    const notes = { method: 'POST', route: '/notes', milliseconds: 250 };
    const lines = await requestsAfter(
      { ...notes, status: 201 },
      { ...notes, status: 201 },
      { ...notes, status: 400, milliseconds: 500 },
      { method: 'GET', route: '/notes', status: 200, milliseconds: 1000 },
    );
    expect(lines).toEqual([
      'sealpost_http_requests_total{method="POST",route="/notes",status="201"} 2',
      'sealpost_http_requests_total{method="POST",route="/notes",status="400"} 1',
      'sealpost_http_requests_total{method="GET",route="/notes",status="200"} 1',
      'sealpost_http_request_duration_seconds_sum{method="POST",route="/notes"} 1',
      'sealpost_http_request_duration_seconds_count{method="POST",route="/notes"} 3',
      'sealpost_http_request_duration_seconds_sum{method="GET",route="/notes"} 1',
      'sealpost_http_request_duration_seconds_count{method="GET",route="/notes"} 1',
    ]);
  });

  it('the metrics of requests count clients that left before an answer, and unknown methods, as one each', async () => {
    const lines = await requestsAfter(
      { method: 'GET', route: '/notes', status: undefined, milliseconds: 1 },
      { method: 'PROPFIND', route: 'none', status: 404, milliseconds: 1 },
      { method: 'MKCOL', route: 'none', status: 404, milliseconds: 1 },
    );
    expect(lines).toContain('sealpost_http_requests_total{method="GET",route="/notes",status="none"} 1');
    expect(lines).toContain('sealpost_http_requests_total{method="other",route="none",status="404"} 2');
  });
});
