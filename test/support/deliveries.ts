import { randomBytes } from 'node:crypto';
import { Clock } from '../../src/core/clock.js';
import { loadSettings } from '../../src/core/config/index.js';
import { SodiumCryptoService } from '../../src/core/crypto/sodium-crypto.service.js';
import { Shutdown } from '../../src/core/shutdown.js';
import { Metrics } from '../../src/core/metrics/index.js';
import type { RunningDatabase } from '../../src/core/database/index.js';
import { DeliveryPlanner } from '../../src/modules/messages/delivery-planner.service.js';
import type { SendOutcome } from '../../src/modules/messages/delivery-planner.service.js';
import type { ExpectedDelivery } from '../../src/modules/messages/delivery.repository.js';
import { DeliveryQueue } from '../../src/modules/messages/delivery-queue.service.js';
import { GroupDelivery } from '../../src/modules/messages/group-delivery.service.js';
import { MailboxWakeups } from '../../src/modules/messages/mailbox-wakeups.service.js';
import { MessageLifetime } from '../../src/modules/messages/message-lifetime.js';
import { type OutgoingMessage, contentHashOf } from '../../src/modules/messages/message.js';
import { PgDeliveryRepository } from '../../src/modules/messages/pg-delivery.repository.js';
import { PgMailboxRepository } from '../../src/modules/messages/pg-mailbox.repository.js';
import { PgRetentionRepository } from '../../src/modules/messages/pg-retention.repository.js';
import { RememberedHeads } from '../../src/modules/messages/remembered-heads.cache.js';
import type { DueBatch } from '../../src/modules/messages/retention.repository.js';
import { SendingMetrics } from '../../src/modules/messages/sending-metrics.service.js';
import { freshUuid } from './identity.js';

/** A clock that shows the time that a test sets. */
class FixedClock extends Clock {
  constructor(public time: number) {
    super();
  }

  override now(): number {
    return this.time;
  }
}

/** Counts the groups that took one statement. */
class CountingRepository extends PgDeliveryRepository {
  storedAtOnce = 0;

  override async deliverExpected(expected: ExpectedDelivery): Promise<ReadonlyMap<string, number> | null> {
    const held = await super.deliverExpected(expected);
    if (held !== null) this.storedAtOnce += 1;
    return held;
  }
}

/** The messages module's parts on one database, without HTTP: as one replica has them. */
export class Deliveries {
  readonly mailboxes: PgMailboxRepository;
  readonly retention: PgRetentionRepository;
  readonly #queue: DeliveryQueue;
  readonly #repository: CountingRepository;
  readonly #crypto: SodiumCryptoService;

  private constructor(
    private readonly running: RunningDatabase,
    crypto: SodiumCryptoService,
    readonly clock: FixedClock,
    env: Readonly<Record<string, string>>,
  ) {
    const settings = loadSettings(env);
    this.#crypto = crypto;
    this.mailboxes = new PgMailboxRepository(running.database);
    this.retention = new PgRetentionRepository(running.database);
    const planner = new DeliveryPlanner(crypto, new MessageLifetime(settings), clock, settings);
    const metrics = new SendingMetrics(new Metrics());
    const wakeups = new MailboxWakeups(running.notifications, new Shutdown(), settings, this.mailboxes, new Metrics());
    this.#repository = new CountingRepository(running.database);
    const groups = new GroupDelivery(this.#repository, planner, new RememberedHeads(), wakeups, metrics, settings);
    this.#queue = new DeliveryQueue(groups, metrics, settings);
  }

  static async on(
    running: RunningDatabase,
    now: number,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Deliveries> {
    return new Deliveries(running, await SodiumCryptoService.create(), new FixedClock(now), env);
  }

  /** How many groups were stored in one statement, because all was as remembered. */
  get storedAtOnce(): number {
    return this.#repository.storedAtOnce;
  }

  /** New users with a mailbox and a key version 1. */
  async openMailboxes(count: number): Promise<string[]> {
    const userIds = Array.from({ length: count }, () => freshUuid());
    await this.running.transactions.run(async (tx) => {
      for (const userId of userIds) await this.mailboxes.open(tx, userId);
    });
    await this.running.database.pool.query(
      `INSERT INTO key_heads (user_id, version, keys_hash) SELECT id, 1, decode(repeat('00', 32), 'hex') FROM unnest($1::uuid[]) AS id`,
      [userIds],
    );
    return userIds;
  }

  deliver(message: OutgoingMessage): Promise<SendOutcome> {
    const contentHash = contentHashOf(message, (data) => this.#crypto.sha256(data));
    return this.#queue.add({ message, contentHash, envelope: { suite: 'box' } });
  }

  /** One batch of what is due at that time. */
  sweep(now: number, rows = 1000): Promise<DueBatch> {
    return this.retention.sweepDue(now, 0, { rows, except: [] });
  }

  async sequencesOf(userId: string): Promise<number[]> {
    const { entries } = await this.mailboxes.findPage(userId, { after: 0, limit: 1000 }, this.clock.now());
    return entries.map((entry) => entry.sequence);
  }
}

/** A message to these users, from the first of them. */
export function messageTo(recipients: readonly string[], options: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: freshUuid(),
    senderId: recipients[0] ?? '',
    senderKeyVersion: 1,
    conversationId: freshUuid(),
    suite: 'box',
    recipients: recipients.map((userId) => ({ userId, keyVersion: 1 })),
    ciphertext: new Uint8Array(randomBytes(64)),
    ...options,
  };
}
