import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deliveries, messageTo } from '../support/deliveries.js';
import { contentsOf, countersOf, fillWithExpired } from '../support/retention-storm.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const EXPIRED = 50_000;

describe('A sweep of many messages', () => {
  let database: TestDatabase;
  let deliveries: Deliveries;

  beforeAll(async () => {
    database = await startTestDatabase();
    deliveries = await Deliveries.on(database, NOW);
  });
  afterAll(() => database.stop());

  it('a sweep of many messages lets deliveries into the very mailbox go on, and counts right', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    await fillWithExpired(database, user, EXPIRED, NOW - 1);
    const sweep = { expired: 0, batches: 0, done: false };
    const sweeping = (async () => {
      for (let from: number | null = 0; from !== null; sweep.batches += 1) {
        const batch = await deliveries.retention.sweepDue(NOW, from, { rows: 500, except: [] });
        sweep.expired += batch.expired;
        from = batch.next;
      }
      sweep.done = true;
    })();
    // One at a time: each send begins and ends between two moments of the sweep.
    const batchesSeen = new Set<number>();
    let sends = 0;
    do {
      expect(await deliveries.deliver(messageTo([user]))).toMatchObject({ kind: 'stored' });
      sends += 1;
      batchesSeen.add(sweep.batches);
    } while (!sweep.done);
    await sweeping;
    expect(sweep.expired).toBe(EXPIRED);
    // A send that had to wait for the sweep would have come back when it was over.
    expect(batchesSeen.size).toBeGreaterThan(20);
    expect(await countersOf(database, [user])).toEqual(await contentsOf(database, [user]));
    expect((await contentsOf(database, [user]))[0]?.messages).toBe(sends);
  });
});
