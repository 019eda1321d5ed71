import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedPostmaster, sendRaw, startProcess, waitFor } from '../support/index.js';
import type { TestProcess } from '../support/index.js';

let server: TestProcess;

beforeAll(async () => {
  server = await startProcess({ database: 'embedded' });
});

function statusOf(path: string): Promise<number> {
  return sendRaw(server.url, { path }).then(({ status }) => status);
}

describe('health', () => {
  it('the route of health is public, and says ok', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await sendRaw(server.url, { path });
      expect([answer.status, answer.json()]).toEqual([200, { status: 'ok' }]);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('a server is alive but not ready while the database does not answer', async () => {
    const processes = await databaseProcesses(server.dataDir);
    signal(processes, 'SIGSTOP');
    try {
      const answer = await waitFor(async () => {
        const ready = await sendRaw(server.url, { path: '/health/ready' });
        return ready.status === 503 ? ready : null;
      });
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ code: 'server.unavailable', status: 503 });
      expect(await statusOf('/health/live')).toBe(200);
    } finally {
      signal(processes, 'SIGCONT');
    }
    await waitFor(async () => (await statusOf('/health/ready')) === 200, { what: 'the server to be ready again' });
  });
});

describe('GET /v1/service', () => {
  it('GET /v1/service tells anybody what the service is', async () => {
    const answer = await sendRaw(server.url, { path: '/v1/service' });
    expect(answer.json()).toEqual({
      serviceId: server.serviceId,
      protocolVersion: 1,
      registration: 'open',
      dpop: 'optional',
      passwordSuite: 1,
      messageSuites: ['sealpost-v1', 'box', 'sealed-box'],
      limits: { recipients: 100, ciphertextBytes: 262_144, longPollSeconds: 30 },
      retention: { maxExpiresInSeconds: 365 * 86_400 },
    });
  });
});

/** The database's first process and its children, one for each connection. */
async function databaseProcesses(dataDir: string): Promise<number[]> {
  const first = await embeddedPostmaster(dataDir);
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout.split('\n').map((row) => row.trim().split(/\s+/).map(Number));
  return [
    ...(first === null ? [] : [first]),
    ...rows.flatMap(([pid, parent]) => (parent === first && pid ? [pid] : [])),
  ];
}

function signal(processes: readonly number[], name: NodeJS.Signals): void {
  expect(processes.length).toBeGreaterThan(1);
  for (const pid of processes) process.kill(pid, name);
}
