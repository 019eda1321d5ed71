import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { call, launchProcess, registerUser, sendRaw, startProcess, waitFor } from '../support/index.js';
import type { TestProcess, TestUser } from '../support/index.js';
import { metricsUrl, scrape } from '../support/scrape.js';

const SLOW_MODULE = resolve(import.meta.dirname, '../support/slow-module.mjs');
const WITH_METRICS = { SEALPOST_METRICS_PORT: '0' };
/** Labels whose values the server itself chooses. A new one is to be thought about before it is added here. */
const HARMLESS_LABELS = [
  ...['method', 'route', 'status', 'pool', 'state', 'statistic', 'version', 'major', 'minor', 'patch', 'kind', 'space'],
  ...['le', 'result', 'reason', 'what', 'limit', 'outcome'],
];

let server: TestProcess;
let user: TestUser;

beforeAll(async () => {
  server = await startProcess({ env: WITH_METRICS });
  user = await registerUser(server);
});

describe('the metrics of a server', () => {
  it('the metrics of a server have a port of their own, which the start message names', async () => {
    const url = new URL(metricsUrl(server));
    expect([url.hostname, url.pathname]).toEqual(['127.0.0.1', '/metrics']);
    expect(url.port).not.toBe(new URL(server.url).port);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('the metrics of a server are not on the public port', async () => {
    expect(await call(server, 'GET', '/metrics')).toMatchObject({ status: 404, body: { code: 'request.not-found' } });
    expect((await call(server, 'GET', '/metrics', { token: user.token })).status).toBe(404);
  });

  it('the metrics of a server are alone on theirs', async () => {
    const { origin } = new URL(metricsUrl(server));
    for (const path of ['/', '/metrics/', '/metricsx', '/health/live', '/openapi.json']) {
      const answer = await call({ url: origin }, 'GET', path);
      expect(answer).toMatchObject({ status: 404, body: { code: 'request.not-found', status: 404 } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await call({ url: origin }, 'POST', '/metrics', { body: {} })).status).toBe(404);
    const head = await sendRaw(origin, { method: 'HEAD', path: '/metrics?any=query' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('the metrics of a server count requests by method, route and status, and time them', async () => {
    const labels = { method: 'GET', route: '/health/live' };
    const before = await scrape(server);
    expect(before.names).toContain('sealpost_http_requests_total');
    await call(server, 'GET', '/health/live');
    const first = (await scrape(server)).value('sealpost_http_requests_total', { ...labels, status: '200' });
    await call(server, 'GET', '/health/live');
    await sendRaw(server.url, { path: '/health/live', body: '{}' });
    const after = await scrape(server);
    expect(after.value('sealpost_http_requests_total', { ...labels, status: '200' })).toBe(first + 1);
    expect(after.value('sealpost_http_requests_total', { ...labels, status: '400' })).toBe(1);
    expect(after.value('sealpost_http_request_duration_seconds_count', labels)).toBe(first + 2);
    expect(after.value('sealpost_http_request_duration_seconds_bucket', { ...labels, le: '+Inf' })).toBe(first + 2);
    expect(after.value('sealpost_http_request_duration_seconds_sum', labels)).toBeGreaterThan(0);
  });

  it('the metrics of a server do not grow with the paths that somebody tries', async () => {
    for (const path of ['/wp-login.php', '/v1/nothing', '/v1/users/x/y/z', '/%2e%2e/etc'])
      await call(server, 'GET', path);
    await call(server, 'DELETE', '/health/live');
    const { text, value } = await scrape(server);
    const unknown = { method: 'GET', route: 'none', status: '404' };
    expect(value('sealpost_http_requests_total', unknown)).toBeGreaterThanOrEqual(4);
    expect(value('sealpost_http_requests_total', { method: 'DELETE', route: 'none', status: '405' })).toBe(1);
    expect(text).not.toMatch(/wp-login|v1\/nothing|%2e/);
  });

  it('the metrics of a server name no user and hold no token', async () => {
    await call(server, 'GET', `/v1/users/${user.userId}/keys/newest`, { token: user.token });
    await call(server, 'GET', `/v1/users?loginId=${encodeURIComponent(user.loginId)}`, { token: user.token });
    const { text, samples } = await scrape(server);
    expect(text).toMatch(/route="\/v1\/users\/:/);
    for (const private_ of [user.userId, user.loginId, user.loginId.split('@')[0]!, user.token, user.refreshToken]) {
      expect(text).not.toContain(private_);
    }
    expect(new Set(samples.flatMap(({ labels }) => Object.keys(labels)).filter(isUnknownLabel))).toEqual(new Set());
  });

  it('the metrics of a server show the database, the event loop and the version', async () => {
    const now = await scrape(server);
    expect(now.value('sealpost_health_ready')).toBe(1);
    expect(now.value('sealpost_database_connections_limit', { pool: 'ordinary' })).toBe(10);
    expect(now.value('sealpost_database_connections_opened_total', { pool: 'ordinary' })).toBeGreaterThan(0);
    expect(now.value('sealpost_database_waiting_requests', { pool: 'ordinary' })).toBe(0);
    expect(now.value('sealpost_event_loop_delay_seconds', { statistic: 'max' })).toBeGreaterThanOrEqual(0);
    const busy = now.value('sealpost_event_loop_utilization_ratio');
    expect(busy).toBeGreaterThan(0);
    expect(busy).toBeLessThanOrEqual(1);
    expect(now.value('sealpost_build_info')).toBe(1);
    expect(now.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });
});

describe('a server without metrics', () => {
  it('a server that is told nothing about metrics serves none', async () => {
    const quiet = await startProcess();
    expect(quiet.logs()).not.toContain('Metrics');
    expect((await call(quiet, 'GET', '/metrics')).status).toBe(404);
  });
});

describe('a port of metrics that cannot be had', () => {
  it('a port of metrics that cannot be had stops the start, and is named', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    const refused = await launchProcess({ env: { SEALPOST_METRICS_PORT: String(port) } });
    expect((await refused.exited()).code).toBe(1);
    expect(refused.logs()).toContain(
      `Another program already listens on 127.0.0.1, port ${port}. Stop it, or set SEALPOST_METRICS_PORT`,
    );
    expect(refused.logs()).not.toContain('    at ');
    other.close();
  });

  it('a port of metrics that cannot be had is refused among the settings where it is the public one', async () => {
    const refused = await launchProcess({ env: { SEALPOST_PORT: '8080', SEALPOST_METRICS_PORT: '8080' } });
    expect((await refused.exited()).code).toBe(78);
    expect(refused.logs()).toContain('SEALPOST_METRICS_PORT must be another port than SEALPOST_PORT');
  });
});

describe('a server that stops', () => {
  it('a server that stops can be scraped until the last request is finished', async () => {
    const stopping = await startProcess({ env: { ...WITH_METRICS, SEALPOST_MODULES: SLOW_MODULE } });
    const file = join(stopping.dataDir, 'go-on');
    const answer = sendRaw(stopping.url, { path: '/slow/wait', headers: { 'X-Wait-For-File': file } });
    await waitFor(async () => (await sendRaw(stopping.url, { path: '/slow/count' })).text === '{"waiting":1}');
    const stopped = stopping.stop();
    const last = await waitFor(async () => {
      const now = await scrape(stopping);
      return now.value('sealpost_health_ready') === 0 ? now : null;
    });
    expect(last.value('sealpost_http_requests_in_flight')).toBe(1);
    await writeFile(file, '');
    expect((await answer).status).toBe(200);
    expect(await stopped).toEqual({ code: 0, signal: null });
    await expect(scrape(stopping)).rejects.toThrow();
  });
});

function isUnknownLabel(label: string): boolean {
  return !HARMLESS_LABELS.includes(label);
}
