import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AcceptedMessage } from '../../src/modules/messages/message.js';
import { PgMessagesRepository } from '../../src/modules/messages/pg-messages.repository.js';
import { freshUuid } from '../support/identity.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

describe('Delivery into mailboxes', () => {
  let database: TestDatabase;
  let messages: PgMessagesRepository;

  beforeAll(async () => {
    database = await startTestDatabase();
    messages = new PgMessagesRepository(database.database);
  });
  afterAll(() => database.stop());

  async function openMailboxes(count: number): Promise<string[]> {
    const userIds = Array.from({ length: count }, () => freshUuid());
    await database.transactions.run(async (tx) => {
      for (const userId of userIds) await messages.openMailbox(tx, userId);
    });
    return userIds;
  }

  function messageTo(recipients: readonly string[], options: Partial<AcceptedMessage> = {}): AcceptedMessage {
    return {
      id: freshUuid(),
      senderId: freshUuid(),
      senderKeyVersion: 1,
      conversationId: freshUuid(),
      suite: 'sealpost-v1',
      recipients: recipients.map((userId) => ({ userId, keyVersion: 1 })),
      ciphertext: new Uint8Array(randomBytes(64)),
      contentHash: new Uint8Array(32),
      receivedAt: NOW,
      ...options,
    };
  }

  async function sequencesOf(userId: string): Promise<number[]> {
    const { entries } = await messages.findPage(userId, { after: 0, limit: 1000 }, NOW);
    return entries.map((entry) => entry.sequence);
  }

  async function rowOf(id: string): Promise<{ ciphertext: Buffer | null } | undefined> {
    const { rows } = await database.database.pool.query<{ ciphertext: Buffer | null }>(
      'SELECT ciphertext FROM messages WHERE id = $1',
      [id],
    );
    return rows[0];
  }

  it('numbers every mailbox without gaps while many senders write to overlapping groups at once', async () => {
    const users = await openMailboxes(6);
    const sends = Array.from({ length: 120 }, (_, index) =>
      messageTo(users.filter((_user, position) => ((index * 7 + 3) >> position) % 2 === 1 || position === index % 6)),
    );
    const receipts = await Promise.all(sends.map((message) => messages.deliver(message)));
    expect(receipts).not.toContain(null);
    for (const user of users) {
      const count = sends.filter((message) => message.recipients.some(({ userId }) => userId === user)).length;
      expect(await sequencesOf(user)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }
  });

  it('never shows a reader a sequence before all lower ones', async () => {
    const [user = ''] = await openMailboxes(1);
    const writers = { busy: true };
    const seen: number[] = [];
    const reader = (async () => {
      do {
        const page = await messages.findPage(user, { after: seen.at(-1) ?? 0, limit: 100 }, NOW);
        seen.push(...page.entries.map((entry) => entry.sequence));
      } while (writers.busy);
    })();
    await Promise.all(Array.from({ length: 200 }, () => messages.deliver(messageTo([user]))));
    writers.busy = false;
    await reader;
    const rest = await messages.findPage(user, { after: seen.at(-1) ?? 0, limit: 1000 }, NOW);
    seen.push(...rest.entries.map((entry) => entry.sequence));
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('gives no number to a second message of the same id, also when both arrive at once', async () => {
    const [user = ''] = await openMailboxes(1);
    const message = messageTo([user]);
    const receipts = await Promise.all(Array.from({ length: 8 }, () => messages.deliver(message)));
    expect(receipts.filter((receipt) => receipt !== null)).toHaveLength(1);
    await messages.deliver(messageTo([user]));
    expect(await sequencesOf(user)).toEqual([1, 2]);
  });

  it('stores nothing when a recipient has no mailbox', async () => {
    const [user = ''] = await openMailboxes(1);
    const message = messageTo([user, freshUuid()]);
    await expect(messages.deliver(message)).rejects.toThrow();
    expect(await sequencesOf(user)).toEqual([]);
    expect(await rowOf(message.id)).toBeUndefined();
    await messages.deliver(messageTo([user]));
    expect(await sequencesOf(user)).toEqual([1]);
  });

  it('drops the body with the last entry, also when two recipients delete at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const [alice = '', bob = ''] = await openMailboxes(2);
      const message = messageTo([alice, bob]);
      await messages.deliver(message);
      const removed = await Promise.all([alice, bob].map((user) => messages.remove(user, message.id, NOW)));
      expect(removed).toEqual([true, true]);
      expect(await rowOf(message.id)).toEqual({ ciphertext: null });
    }
  });

  it('keeps the body for those who still have an entry', async () => {
    const [alice = '', bob = ''] = await openMailboxes(2);
    const message = messageTo([alice, bob]);
    await messages.deliver(message);
    expect(await messages.remove(alice, message.id, NOW)).toBe(true);
    expect(await messages.remove(alice, message.id, NOW)).toBe(false);
    expect((await messages.find(bob, message.id, NOW))?.ciphertext).toEqual(Buffer.from(message.ciphertext));
  });

  it('still knows the answer of a deleted message a day later, and forgets it after two', async () => {
    const [user = ''] = await openMailboxes(1);
    const message = messageTo([user]);
    const receipt = await messages.deliver(message);
    await messages.remove(user, message.id, NOW);
    await messages.sweep(NOW + DAY, 1000);
    expect((await messages.findDeliveryContext(message.id, [])).existing?.receipt).toEqual(receipt);
    await messages.sweep(NOW + 2 * DAY + 1, 1000);
    expect((await messages.findDeliveryContext(message.id, [])).existing).toBeNull();
  });

  it('hides what has expired before the sweeper comes, and sweeps body and entries', async () => {
    const [user = ''] = await openMailboxes(1);
    const message = messageTo([user], { expiresAt: NOW + HOUR });
    const receipt = await messages.deliver(message);
    await messages.deliver(messageTo([user]));
    const later = NOW + HOUR;
    expect(await messages.find(user, message.id, later - 1)).not.toBeNull();
    expect(await messages.find(user, message.id, later)).toBeNull();
    expect(await messages.remove(user, message.id, later)).toBe(false);
    expect((await messages.findPage(user, { after: 0, limit: 10 }, later)).entries.map((e) => e.sequence)).toEqual([2]);
    await messages.sweep(later, 1000);
    expect(await rowOf(message.id)).toEqual({ ciphertext: null });
    expect(await sequencesOf(user)).toEqual([2]);
    expect((await messages.findDeliveryContext(message.id, [])).existing?.receipt).toEqual(receipt);
  });

  it('sweeps in bounded batches and lets two sweepers share the work', async () => {
    const [user = ''] = await openMailboxes(1);
    const due = NOW - DAY;
    await Promise.all(Array.from({ length: 30 }, () => messages.deliver(messageTo([user], { expiresAt: due }))));
    const taken = await Promise.all([messages.sweep(due, 10), messages.sweep(due, 10)]);
    expect(taken).toEqual([10, 10]);
    expect(await messages.sweep(due, 100)).toBe(10);
  });

  it('cuts a page at about two megabytes and says that there is more', async () => {
    const [user = ''] = await openMailboxes(1);
    const ciphertext = new Uint8Array(256 * 1024);
    for (let index = 0; index < 10; index++) await messages.deliver(messageTo([user], { ciphertext }));
    const page = await messages.findPage(user, { after: 0, limit: 100 }, NOW);
    expect(page.entries).toHaveLength(8);
    expect(page.hasMore).toBe(true);
    const rest = await messages.findPage(user, { after: 8, limit: 100 }, NOW);
    expect(rest.entries.map((entry) => entry.sequence)).toEqual([9, 10]);
    expect(rest.hasMore).toBe(false);
  });

  it('reads one conversation of many by its index', async () => {
    const [user = ''] = await openMailboxes(1);
    const conversationId = freshUuid();
    for (let index = 0; index < 6; index++) {
      await messages.deliver(messageTo([user], index % 3 === 0 ? { conversationId } : {}));
    }
    const page = await messages.findPage(user, { after: 0, limit: 10, conversationId }, NOW);
    expect(page.entries.map((entry) => entry.sequence)).toEqual([1, 4]);
  });

  it('moves the acknowledged position forward only, and never beyond the mailbox', async () => {
    const [user = ''] = await openMailboxes(1);
    await messages.deliver(messageTo([user]));
    await messages.deliver(messageTo([user]));
    expect(await messages.acknowledge(user, 2)).toBe(2);
    expect(await messages.acknowledge(user, 1)).toBe(2);
    expect(await messages.acknowledge(user, 3)).toBeNull();
    expect((await messages.findPage(user, { after: 2, limit: 1 }, NOW)).acknowledgedUpTo).toBe(2);
  });
});
