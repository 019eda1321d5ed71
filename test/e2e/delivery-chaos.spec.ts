import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { registerUser, type TestProcess, type TestUser, waitFor } from '../support/index.js';
import {
  failuresOf,
  PersistentSender,
  PollingReader,
  StreamingReader,
  type PersistentReader,
} from '../support/chaos.js';
import { RandomProxy } from '../support/random-proxy.js';
import { type ReplicaSet, startReplicaSet } from '../support/replica-set.js';

const ENOUGH = 60;
const LONG = { timeoutMs: 50_000 };

describe('Delivery by two replicas', () => {
  let set: ReplicaSet;
  let balancer: RandomProxy;
  let users: TestUser[];
  let senders: PersistentSender[] = [];
  let readers: PersistentReader[] = [];

  beforeAll(async () => {
    set = await startReplicaSet(2);
    balancer = await RandomProxy.before(...set.replicas);
  });

  beforeEach(async () => {
    users = await Promise.all(Array.from({ length: 4 }, () => registerUser(set.origin)));
    const [alice, bob, carol, dave] = users as [TestUser, TestUser, TestUser, TestUser];
    senders = [
      new PersistentSender(balancer, alice, [[bob], [bob, carol], [carol]]),
      new PersistentSender(balancer, carol, [[bob], [dave, bob], [carol, bob, dave]]),
      new PersistentSender(balancer, dave, [[bob, carol], [dave]]),
      new PersistentSender(balancer, bob, [[carol, bob], [dave], [carol]], 10),
    ];
    readers = [bob, carol, dave].flatMap((user) => [
      new StreamingReader(balancer, user),
      new PollingReader(balancer, user),
    ]);
    await moreIsAccepted();
  });

  afterEach(async () => {
    set.link.restore();
    await Promise.all(senders.map((sender) => sender.stop()));
    await Promise.all(readers.map((reader) => reader.stop()));
  });

  const acceptedCount = () => senders.reduce((sum, sender) => sum + sender.accepted.size, 0);
  const surprises = () => [...senders, ...readers].flatMap((one) => one.surprises);

  async function moreIsAccepted(): Promise<void> {
    const before = acceptedCount();
    await waitFor(() => acceptedCount() >= before + ENOUGH || surprises().length > 0, {
      ...LONG,
      what: 'more messages to be accepted',
    });
  }

  /** Where each accepted message has to be in this mailbox, by the answer that its sender got. */
  function promised({ userId }: TestUser): (readonly [sequence: number, id: string])[] {
    return senders
      .flatMap((sender) => [...sender.accepted.values()])
      .flatMap(({ id, deliveries }) =>
        deliveries.filter((delivery) => delivery.userId === userId).map(({ sequence }) => [sequence, id] as const),
      )
      .sort(([a], [b]) => a - b);
  }

  async function expectEachOnceInOrderEverywhere(): Promise<void> {
    await Promise.all(senders.map((sender) => sender.stop()));
    expect(surprises()).toEqual([]);
    expect(senders.flatMap((sender) => [...sender.created.values()]).filter((count) => count > 1)).toEqual([]);
    for (const reader of readers) {
      const expected = promised(reader.user);
      await waitFor(() => reader.count >= expected.length, { ...LONG, what: 'the last messages' });
      expect(reader.entries.map(({ sequence, id }) => [sequence, id])).toEqual(expected);
      expect(expected.map(([sequence]) => sequence)).toEqual(expected.map((_, index) => index + 1));
    }
    for (const server of set.replicas) expect(failuresOf(server)).toEqual([]);
  }

  const calamities: [string, () => Promise<void>][] = [
    [
      'kill -9 of a replica',
      async () => {
        const [, second] = set.replicas as [TestProcess, TestProcess];
        await second.kill('SIGKILL');
        await moreIsAccepted();
        await second.restart();
      },
    ],
    [
      'all connections to the database are cut, and refused for a while',
      async () => {
        set.link.cut();
        await everybodyIsAway();
        set.link.restore();
      },
    ],
    [
      'the database says nothing for a while, then everything at once',
      async () => {
        set.link.hold();
        await everybodyIsAway();
        set.link.restore();
      },
    ],
    [
      'a replica freezes in the middle of its work',
      async () => {
        const [first, second] = set.replicas as [TestProcess, TestProcess];
        process.kill(first.pid, 'SIGSTOP');
        try {
          // Whoever asked the frozen one waits; the mailboxes that it has locked must not wait as long.
          const [alice, bob, carol, dave] = users as [TestUser, TestUser, TestUser, TestUser];
          senders.push(new PersistentSender(second, alice, [[bob, carol, dave]], 10));
          await moreIsAccepted();
        } finally {
          process.kill(first.pid, 'SIGCONT');
        }
      },
    ],
  ];

  async function everybodyIsAway(): Promise<void> {
    for (const server of set.replicas) {
      await waitFor(async () => (await fetch(`${server.url}/health/ready`)).status === 503, LONG);
    }
  }

  it.each(calamities)(
    'delivery by two replicas under load brings each message to each reader once and in order: %s',
    async (_, calamity) => {
      await calamity();
      await moreIsAccepted();
      await expectEachOnceInOrderEverywhere();
    },
  );
});
