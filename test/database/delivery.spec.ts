import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SendOutcome } from '../../src/modules/messages/delivery-planner.service.js';
import { Deliveries, messageTo } from '../support/deliveries.js';
import { freshUuid } from '../support/identity.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

const kindsOf = (outcomes: readonly SendOutcome[]): string[] => outcomes.map((outcome) => outcome.kind).sort();

describe('Delivery into mailboxes', () => {
  let database: TestDatabase;
  let deliveries: Deliveries;

  beforeAll(async () => {
    database = await startTestDatabase();
    deliveries = await Deliveries.on(database, NOW);
  });
  afterAll(() => database.stop());

  async function rowOf(id: string): Promise<{ ciphertext: Buffer | null } | undefined> {
    const { rows } = await database.database.pool.query<{ ciphertext: Buffer | null }>(
      'SELECT ciphertext FROM messages WHERE id = $1',
      [id],
    );
    return rows[0];
  }

  it('delivery into mailboxes numbers every mailbox without gaps while many senders write to overlapping groups at once', async () => {
    const users = await deliveries.openMailboxes(6);
    const sends = Array.from({ length: 120 }, (_, index) =>
      messageTo(users.filter((_user, position) => ((index * 7 + 3) >> position) % 2 === 1 || position === index % 6)),
    );
    const outcomes = await Promise.all(sends.map((message) => deliveries.deliver(message)));
    expect(new Set(kindsOf(outcomes))).toEqual(new Set(['stored']));
    for (const user of users) {
      const count = sends.filter((message) => message.recipients.some(({ userId }) => userId === user)).length;
      expect(await deliveries.sequencesOf(user)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }
  });

  it('delivery into mailboxes never shows a reader a sequence before all lower ones', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const writers = { busy: true };
    const seen: number[] = [];
    const reader = (async () => {
      do {
        const page = await deliveries.mailboxes.findPage(user, { after: seen.at(-1) ?? 0, limit: 100 }, NOW);
        seen.push(...page.entries.map((entry) => entry.sequence));
      } while (writers.busy);
    })();
    await Promise.all(Array.from({ length: 200 }, () => deliveries.deliver(messageTo([user]))));
    writers.busy = false;
    await reader;
    const rest = await deliveries.mailboxes.findPage(user, { after: seen.at(-1) ?? 0, limit: 1000 }, NOW);
    seen.push(...rest.entries.map((entry) => entry.sequence));
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('delivery into mailboxes gives no number to a second message of the same id, also when both arrive at once', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const message = messageTo([user]);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => deliveries.deliver(message)));
    expect(kindsOf(outcomes)).toEqual([...Array<string>(7).fill('repeated'), 'stored']);
    await deliveries.deliver(messageTo([user]));
    expect(await deliveries.sequencesOf(user)).toEqual([1, 2]);
  });

  it('delivery into mailboxes stores nothing when a recipient has no mailbox', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const message = messageTo([user, freshUuid()]);
    expect(await deliveries.deliver(message)).toMatchObject({
      kind: 'refused',
      error: { code: 'messages.recipient-unknown' },
    });
    expect(await deliveries.sequencesOf(user)).toEqual([]);
    expect(await rowOf(message.id)).toBeUndefined();
    await deliveries.deliver(messageTo([user]));
    expect(await deliveries.sequencesOf(user)).toEqual([1]);
  });

  it('delivery into mailboxes drops the body with the last entry, also when two recipients delete at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const [alice = '', bob = ''] = await deliveries.openMailboxes(2);
      const message = messageTo([alice, bob]);
      await deliveries.deliver(message);
      const removed = await Promise.all([alice, bob].map((user) => deliveries.retention.remove(user, message.id, NOW)));
      expect(removed).toEqual([true, true]);
      expect(await rowOf(message.id)).toEqual({ ciphertext: null });
    }
  });

  it('delivery into mailboxes keeps the body for those who still have an entry', async () => {
    const [alice = '', bob = ''] = await deliveries.openMailboxes(2);
    const message = messageTo([alice, bob]);
    await deliveries.deliver(message);
    expect(await deliveries.retention.remove(alice, message.id, NOW)).toBe(true);
    expect(await deliveries.retention.remove(alice, message.id, NOW)).toBe(false);
    expect((await deliveries.mailboxes.find(bob, message.id, NOW))?.ciphertext).toEqual(
      Buffer.from(message.ciphertext),
    );
  });

  it('delivery into mailboxes still knows the answer of a deleted message a day later, and forgets it after two', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const message = messageTo([user]);
    const outcome = await deliveries.deliver(message);
    await deliveries.retention.remove(user, message.id, NOW);
    await deliveries.sweep(NOW + DAY);
    expect(await deliveries.deliver(message)).toEqual({ ...outcome, kind: 'repeated' });
    await deliveries.sweep(NOW + 2 * DAY + 1);
    expect(await deliveries.deliver(message)).toMatchObject({ kind: 'stored' });
  });

  it('delivery into mailboxes hides what has expired before the sweeper comes, and sweeps body and entries', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const message = messageTo([user], { expiresInSeconds: HOUR / 1000 });
    const outcome = await deliveries.deliver(message);
    await deliveries.deliver(messageTo([user]));
    const later = NOW + HOUR;
    expect(await deliveries.mailboxes.find(user, message.id, later - 1)).not.toBeNull();
    expect(await deliveries.mailboxes.find(user, message.id, later)).toBeNull();
    expect(await deliveries.retention.remove(user, message.id, later)).toBe(false);
    const page = await deliveries.mailboxes.findPage(user, { after: 0, limit: 10 }, later);
    expect(page.entries.map((entry) => entry.sequence)).toEqual([2]);
    await deliveries.sweep(later);
    expect(await rowOf(message.id)).toEqual({ ciphertext: null });
    expect(await deliveries.sequencesOf(user)).toEqual([2]);
    expect(await deliveries.deliver(message)).toEqual({ ...outcome, kind: 'repeated' });
  });

  it('delivery into mailboxes cuts a page at about one megabyte and says that there is more', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const ciphertext = new Uint8Array(256 * 1024);
    for (let index = 0; index < 10; index++) await deliveries.deliver(messageTo([user], { ciphertext }));
    const page = await deliveries.mailboxes.findPage(user, { after: 0, limit: 100 }, NOW);
    expect(page.entries).toHaveLength(4);
    expect(page.hasMore).toBe(true);
    const rest = await deliveries.mailboxes.findPage(user, { after: 8, limit: 100 }, NOW);
    expect(rest.entries.map((entry) => entry.sequence)).toEqual([9, 10]);
    expect(rest.hasMore).toBe(false);
  });

  it('delivery into mailboxes reads one conversation of many by its index', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    const conversationId = freshUuid();
    for (let index = 0; index < 6; index++) {
      await deliveries.deliver(messageTo([user], index % 3 === 0 ? { conversationId } : {}));
    }
    const page = await deliveries.mailboxes.findPage(user, { after: 0, limit: 10, conversationId }, NOW);
    expect(page.entries.map((entry) => entry.sequence)).toEqual([1, 4]);
  });

  it('delivery into mailboxes moves the acknowledged position forward only, and never beyond the mailbox', async () => {
    const [user = ''] = await deliveries.openMailboxes(1);
    await deliveries.deliver(messageTo([user]));
    await deliveries.deliver(messageTo([user]));
    expect(await deliveries.mailboxes.acknowledge(user, 2)).toBe(2);
    expect(await deliveries.mailboxes.acknowledge(user, 1)).toBe(2);
    expect(await deliveries.mailboxes.acknowledge(user, 3)).toBeNull();
    expect((await deliveries.mailboxes.findPage(user, { after: 2, limit: 1 }, NOW)).acknowledgedUpTo).toBe(2);
  });
});
