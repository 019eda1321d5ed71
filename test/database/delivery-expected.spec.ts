import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Deliveries, messageTo } from '../support/deliveries.js';
import { startTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const ROOM = 5;

/** Everybody is known to a replica after a first message, so that the next ones are stored in one statement. */
describe('Delivery to remembered users', () => {
  let database: TestDatabase;
  let deliveries: Deliveries;

  beforeAll(async () => {
    database = await startTestDatabase();
    deliveries = await Deliveries.on(database, NOW);
  });
  afterAll(() => database.stop());

  async function knownUsers(count: number, by: Deliveries = deliveries): Promise<string[]> {
    const users = await by.openMailboxes(count);
    expect(await by.deliver(messageTo(users))).toMatchObject({ kind: 'stored' });
    return users;
  }

  it('a delivery to users whom the replica remembers numbers and finds a message at each recipient, in the order of its request', async () => {
    const users = await knownUsers(3);
    const [first = '', second = '', third = ''] = [...users].sort();
    await deliveries.deliver(messageTo([third]));
    const message = messageTo([second, third, first]);
    const before = deliveries.storedAtOnce;
    expect(await deliveries.deliver(message)).toEqual({
      kind: 'stored',
      receipt: {
        receivedAt: NOW,
        deliveries: [
          { userId: second, sequence: 2 },
          { userId: third, sequence: 3 },
          { userId: first, sequence: 2 },
        ],
      },
    });
    expect(deliveries.storedAtOnce).toBe(before + 1);
    for (const user of users) {
      const entry = await deliveries.mailboxes.find(user, message.id, NOW);
      expect(entry).toMatchObject({ recipients: message.recipients, senderId: second, suite: 'box', receivedAt: NOW });
      expect(Buffer.from(entry?.ciphertext ?? []).equals(message.ciphertext)).toBe(true);
    }
    expect(await deliveries.deliver(message)).toMatchObject({ kind: 'repeated' });
  });

  it('a delivery to users whom the replica remembers looks again where somebody has new keys since', async () => {
    const [alice = '', bob = ''] = await knownUsers(2);
    await database.database.pool.query(
      `UPDATE key_heads SET version = 2, keys_hash = decode(repeat('01', 32), 'hex') WHERE user_id = $1`,
      [bob],
    );
    const [stale, fine] = await Promise.all([
      deliveries.deliver(messageTo([alice, bob])),
      deliveries.deliver(messageTo([alice])),
    ]);
    expect(stale).toMatchObject({ kind: 'stale', parties: [{ userId: bob, pointer: '/recipients/1/keyVersion' }] });
    expect(fine).toMatchObject({ kind: 'stored', receipt: { deliveries: [{ userId: alice, sequence: 2 }] } });
    const newest = messageTo([bob], { senderId: alice, recipients: [{ userId: bob, keyVersion: 2 }] });
    expect(await deliveries.deliver(newest)).toMatchObject({
      kind: 'stored',
      receipt: { deliveries: [{ sequence: 2 }] },
    });
  });

  it('a delivery to users whom the replica remembers fills a mailbox to its last place and no further, also where two replicas want that place', async () => {
    const env = { SEALPOST_MAILBOX_MAX_MESSAGES: String(ROOM) };
    const one = await Deliveries.on(database, NOW, env);
    const two = await Deliveries.on(database, NOW, env);
    for (let round = 0; round < 5; round += 1) {
      const [user = '', other = ''] = await knownUsers(2, one);
      await two.deliver(messageTo([other, user]));
      const sends = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : two).deliver(messageTo([user])));
      const kinds = (await Promise.all(sends)).map((outcome) => outcome.kind);
      expect(kinds.filter((kind) => kind === 'stored')).toHaveLength(ROOM - 2);
      expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(12 - (ROOM - 2));
      expect(await deliveries.sequencesOf(user)).toEqual([1, 2, 3, 4, 5]);
      const { rows } = await database.database.pool.query(
        'SELECT last_sequence::int, messages::int FROM mailboxes WHERE user_id = $1',
        [user],
      );
      expect(rows).toEqual([{ last_sequence: ROOM, messages: ROOM }]);
    }
  });
});
