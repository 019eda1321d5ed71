import { afterAll, describe, expect, it } from '@jest/globals';
import { Database, disconnectedDatabase } from '../../core/database/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { HealthService } from './health.service.js';

const UNAVAILABLE = { status: 503, code: 'server.unavailable' };
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
  it('the readiness of a server is there while the database answers', async () => {
    const health = new HealthService(new AnsweringDatabase(), new Shutdown());
    await expect(health.checkReadiness()).resolves.toBeUndefined();
  });

  it('the readiness of a server is missing while the database cannot be reached', async () => {
    const health = new HealthService(nowhere.database, new Shutdown());
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
  });

  it('the readiness of a server is missing after the database could not store something', async () => {
    const database = new AnsweringDatabase();
    const health = new HealthService(database, new Shutdown());
    database.writes.failed({ code: '53100' });
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
    await expect(health.isReady(60_000)).resolves.toBe(false);
    database.writes.succeeded();
    await expect(health.checkReadiness()).resolves.toBeUndefined();
  });

  it('the readiness of a server is a plain no for the metrics where the answer takes too long', async () => {
    const silent = new (class extends AnsweringDatabase {
      override ready(): Promise<boolean> {
        return new Promise(() => undefined);
      }
    })();
    await expect(new HealthService(silent, new Shutdown()).isReady(10)).resolves.toBe(false);
    await expect(new HealthService(new AnsweringDatabase(), new Shutdown()).isReady(60_000)).resolves.toBe(true);
  });

  it('the readiness of a server is gone from the beginning of a shutdown', async () => {
    const shutdown = new Shutdown();
    const health = new HealthService(new AnsweringDatabase(), shutdown);
    shutdown.begin();
    await expect(health.checkReadiness()).rejects.toMatchObject(UNAVAILABLE);
    await expect(health.isReady(60_000)).resolves.toBe(false);
  });
});
