import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '../../core/database/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { HealthService } from './health.service.js';

const UNAVAILABLE = { kind: 'unavailable', code: 'server.unavailable' };

describe('readiness', () => {
  let answers: boolean;
  let shutdown: Shutdown;
  let health: HealthService;

  beforeEach(() => {
    answers = true;
    shutdown = new Shutdown();
    const database = { ready: () => Promise.resolve(answers) } as Database;
    health = new HealthService(database, shutdown);
  });

  it('is there while the database answers', async () => {
    await expect(health.checkReadiness()).resolves.toBeUndefined();
  });

  it('is gone while the database does not answer', async () => {
    answers = false;
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is gone from the beginning of a shutdown', async () => {
    shutdown.begin();
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
  });
});
