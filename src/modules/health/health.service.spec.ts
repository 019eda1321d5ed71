import { afterAll, describe, expect, it } from '@jest/globals';
import { Database, disconnectedDatabase } from '../../core/database/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { HealthService } from './health.service.js';

const UNAVAILABLE = { kind: 'unavailable', code: 'server.unavailable' };
const nowhere = disconnectedDatabase();

class AnsweringDatabase extends Database {
  readonly prisma = nowhere.database.prisma;
  readonly pool = nowhere.database.pool;
  readonly pipelines = nowhere.database.pipelines;

  ready(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

afterAll(() => nowhere.stop());

describe('readiness', () => {
  it('is there while the database answers', async () => {
    const health = new HealthService(new AnsweringDatabase(), new Shutdown());
    await expect(health.checkReadiness()).resolves.toBeUndefined();
  });

  it('is missing while the database cannot be reached', async () => {
    const health = new HealthService(nowhere.database, new Shutdown());
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is gone from the beginning of a shutdown', async () => {
    const shutdown = new Shutdown();
    const health = new HealthService(new AnsweringDatabase(), shutdown);
    shutdown.begin();
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
  });
});
