import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deliveries, messageTo } from '../support/deliveries.js';
import { contentsOf, countersOf, someOf, strays } from '../support/retention-storm.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe('Retention', () => {
  let database: TestDatabase;
  let deliveries: Deliveries;

  beforeAll(async () => {
    database = await startTestDatabase();
    deliveries = await Deliveries.on(database, NOW);
  });
  afterAll(() => database.stop());

  const acknowledge = (user: string, upTo: number, deleteAt: number) =>
    deliveries.mailboxes.acknowledge(user, upTo, deleteAt);
  const sweepAcknowledged = async (now: number, delayMs = 0): Promise<number> => {
    let sum = 0;
    for (let more = true; more;) {
      const batch = await deliveries.retention.sweepAcknowledged(now, delayMs, { rows: 50, except: [] });
      sum += batch.acknowledged;
      more = batch.more;
    }
    return sum;
  };
  const deliverTo = async (users: readonly string[], count: number): Promise<void> => {
    for (let index = 0; index < count; index++) await deliveries.deliver(messageTo(users));
  };

  it('retention sweeps what has expired in bounded batches and lets two sweepers share the work', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    await Promise.all(Array.from({ length: 30 }, () => deliveries.deliver(messageTo([user], { expiresInSeconds: 1 }))));
    const due = NOW + 1000;
    const taken = await Promise.all([deliveries.sweep(due, 10), deliveries.sweep(due, 10)]);
    expect(taken.map(({ expired }) => expired)).toEqual([10, 10]);
    expect(taken.every(({ next }) => next !== null)).toBe(true);
    expect(await deliveries.sweep(due, 100)).toEqual({ expired: 10, forgotten: 0, next: null });
  });

  it('retention takes few messages at once where they have many recipients', async () => {
    const users = await deliveries.openMailboxes(100);
    const sends = Array.from({ length: 30 }, () => messageTo(users, { expiresInSeconds: 2 }));
    await Promise.all(sends.map((message) => deliveries.deliver(message)));
    const first = await deliveries.sweep(NOW + 2000, 500);
    expect(first).toEqual({ expired: 20, forgotten: 0, next: NOW + 2000 });
    expect((await deliveries.sweep(NOW + 2000, 500)).expired).toBe(10);
    expect(await strays(database)).toEqual({ entries: 0, bodies: 0 });
  });

  it('retention deletes what was acknowledged, from that mailbox, and the body with the last entry', async () => {
    const [alice = '', bob = ''] = await deliveries.openMailboxes(2);
    await deliverTo([alice, bob], 3);
    await acknowledge(alice, 2, NOW);
    expect(await sweepAcknowledged(NOW)).toBe(2);
    expect(await deliveries.sequencesOf(alice)).toEqual([3]);
    expect(await deliveries.sequencesOf(bob)).toEqual([1, 2, 3]);
    await acknowledge(bob, 3, NOW);
    expect(await sweepAcknowledged(NOW)).toBe(3);
    expect(await deliveries.sequencesOf(bob)).toEqual([]);
    expect(await strays(database)).toEqual({ entries: 0, bodies: 0 });
    expect(await countersOf(database, [alice, bob])).toEqual(await contentsOf(database, [alice, bob]));
  });

  it('retention leaves the other devices the time that the setting says, also for what is acknowledged later', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    await deliverTo([user], 3);
    await acknowledge(user, 1, NOW + HOUR);
    await acknowledge(user, 2, NOW + HOUR + 10);
    expect(await sweepAcknowledged(NOW + HOUR - 1, HOUR)).toBe(0);
    expect(await sweepAcknowledged(NOW + HOUR, HOUR)).toBe(1);
    expect(await sweepAcknowledged(NOW + 2 * HOUR - 1, HOUR)).toBe(0);
    expect(await sweepAcknowledged(NOW + 2 * HOUR, HOUR)).toBe(1);
    expect(await deliveries.sequencesOf(user)).toEqual([3]);
    await acknowledge(user, 3, NOW + 3 * HOUR);
    expect(await sweepAcknowledged(NOW + 3 * HOUR, HOUR)).toBe(1);
  });

  it('retention deletes nothing that was acknowledged where nobody asks for it, and all of it once somebody does', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    await deliverTo([user], 2);
    await deliveries.mailboxes.acknowledge(user, 2);
    expect(await sweepAcknowledged(NOW + DAY)).toBe(0);
    for (let after: string | null = ''; after !== null;)
      after = await deliveries.retention.scheduleSweeps(after, NOW + DAY);
    expect(await sweepAcknowledged(NOW + DAY)).toBe(2);
  });

  it('retention goes through a long mailbox in batches, past holes and what others hold', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const sends = Array.from({ length: 700 }, () => messageTo([user]));
    await Promise.all(sends.map((message) => deliveries.deliver(message)));
    const held = sends[350]?.id ?? '';
    await deliveries.retention.remove(user, sends[5]?.id ?? '', NOW);
    await acknowledge(user, 700, NOW);
    const holder = await database.database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM messages WHERE id = $1 FOR UPDATE', [held]);
    expect(await sweepAcknowledged(NOW)).toBeGreaterThanOrEqual(498);
    await holder.query('COMMIT');
    holder.release();
    await sweepAcknowledged(NOW);
    expect(await deliveries.sequencesOf(user)).toEqual([]);
    expect(await countersOf(database, [user])).toEqual([{ userId: user, messages: 0, bytes: 0 }]);
  });

  it('retention keeps counters, entries and bodies together through a storm of everything at once', async () => {
    const users = await deliveries.openMailboxes(8);
    const other = await Deliveries.on(database, NOW);
    const sent: { id: string; recipients: readonly string[] }[] = [];
    const send = async (replica: Deliveries): Promise<void> => {
      const recipients = someOf(users);
      const expires = randomInt(2) === 0 ? { expiresInSeconds: 1 + randomInt(3) } : {};
      const message = messageTo(recipients, {
        ciphertext: new Uint8Array(randomBytes(1 + randomInt(200))),
        ...expires,
      });
      expect(await replica.deliver(message)).toMatchObject({ kind: 'stored' });
      sent.push({ id: message.id, recipients });
    };
    const remove = async (): Promise<void> => {
      const message = sent[randomInt(Math.max(1, sent.length))];
      for (const user of someOf(message?.recipients ?? users)) {
        await deliveries.retention.remove(user, message?.id ?? user, NOW);
      }
    };
    const read = async (): Promise<void> => {
      const [user = ''] = someOf(users);
      await acknowledge(user, (await deliveries.sequencesOf(user))[randomInt(5)] ?? 0, NOW);
    };
    const limits = { rows: 20, except: [] };
    const works = [
      () => Promise.all(Array.from({ length: 20 }, (_, index) => send(index % 2 === 0 ? deliveries : other))),
      () => Promise.all([remove(), remove(), remove()]),
      () => Promise.all([read(), read()]),
      () => deliveries.retention.sweepDue(NOW + 1000 + randomInt(3000), 0, limits),
      () => other.retention.sweepDue(NOW + 1000 + randomInt(3000), 0, limits),
      () => deliveries.retention.sweepAcknowledged(NOW, 0, limits),
      () => other.retention.sweepAcknowledged(NOW, 0, limits),
    ];
    // Each goes on by itself, so that all of them meet all the others; a deadlock would fail one of them.
    await Promise.all(
      works.map(async (work) => {
        for (let round = 0; round < 40; round++) await work();
      }),
    );
    expect(sent).toHaveLength(800);
    expect(await countersOf(database, users)).toEqual(await contentsOf(database, users));
    expect(await strays(database)).toEqual({ entries: 0, bodies: 0 });
    expect((await contentsOf(database, users)).some(({ messages }) => messages > 0)).toBe(true);
  });
});
