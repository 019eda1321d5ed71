import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { Grouping } from '../../core/grouping.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import { DeliveryPlanner, type GroupDecision, type PendingSend, type SendOutcome } from './delivery-planner.service.js';
import { DeliveryRepository, type DeliveryScope, type MailboxShare } from './delivery.repository.js';
import { MailboxWatch } from './mailbox-watch.js';
import { overloaded } from './messages.errors.js';
import { SendingMetrics } from './sending-metrics.service.js';

const GROUPS_IN_FLIGHT = 2;
/** One transaction stays short whatever is sent: so many messages, and so many bytes and entries (by their weight). */
const MESSAGES_PER_GROUP = 256;
const WEIGHT_PER_GROUP = 4 * 1024 * 1024;
const WAITING_WEIGHT = 64 * 1024 * 1024;
/** What an entry costs compared to a byte of ciphertext. */
const ENTRY_WEIGHT = 1024;
/** A message of the same id that is being committed elsewhere is there when the group is decided once more. */
const ATTEMPTS = 3;
const NOTHING: MailboxShare = { messages: 0, bytes: 0 };

/** Where messages wait for the transaction that stores them together. */
@Injectable()
export class DeliveryQueue {
  readonly #groups: Grouping<PendingSend, SendOutcome>;

  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly planner: DeliveryPlanner,
    private readonly watch: MailboxWatch,
    private readonly metrics: SendingMetrics,
    settings: Settings,
  ) {
    this.#groups = new Grouping((sends) => this.#commit(sends), {
      groupsInFlight: GROUPS_IN_FLIGHT,
      itemsPerGroup: MESSAGES_PER_GROUP,
      weightPerGroup: WEIGHT_PER_GROUP,
      waitingItems: settings.sendQueueMessages,
      waitingWeight: WAITING_WEIGHT,
    });
    metrics.showQueue(() => this.#groups.depth);
  }

  /**
   * Resolves when the message is on disk or it is clear that it will not be.
   * @throws DomainError server.overloaded, at once
   */
  add(send: PendingSend): Promise<SendOutcome> {
    const { ciphertext, recipients } = send.message;
    const outcome = this.#groups.add(send, ciphertext.length + recipients.length * ENTRY_WEIGHT);
    return outcome ?? Promise.reject(overloaded());
  }

  async #commit(sends: readonly PendingSend[]): Promise<readonly SendOutcome[]> {
    try {
      return await this.#deliver(sends);
    } catch (error) {
      // What one message did to a statement must not be the fate of the others.
      if (sends.length === 1 || isDatabaseUnavailable(error)) throw error;
      return await this.#commitEach(sends);
    }
  }

  async #commitEach(sends: readonly PendingSend[]): Promise<readonly SendOutcome[]> {
    const outcomes: SendOutcome[] = [];
    for (const send of sends) {
      const [outcome] = await this.#deliver([send]).catch((error: unknown) => [{ kind: 'failed' as const, error }]);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return outcomes;
  }

  async #deliver(sends: readonly PendingSend[]): Promise<readonly SendOutcome[]> {
    const scope = scopeOf(sends);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const begun = performance.now();
      let decision: GroupDecision = { outcomes: [], accepted: [], mailboxes: new Map() };
      const stored = await this.deliveries.deliver(scope, (state) => (decision = this.planner.plan(sends, state)));
      if (!stored) continue;
      const { accepted, outcomes } = decision;
      if (accepted.length > 0) this.metrics.committed(accepted, performance.now() - begun);
      this.watch.announce(
        [...decision.mailboxes].map(([userId, { lastSequence }]) => ({ userId, sequence: lastSequence })),
      );
      return outcomes;
    }
    throw new Error('A message of the same id was neither stored nor absent');
  }
}

function scopeOf(sends: readonly PendingSend[]): DeliveryScope {
  const shares = new Map<string, MailboxShare>();
  for (const { message } of sends) {
    for (const { userId } of message.recipients) {
      const { messages, bytes } = shares.get(userId) ?? NOTHING;
      shares.set(userId, { messages: messages + 1, bytes: bytes + message.ciphertext.length });
    }
  }
  const messageIds = sends.map(({ message }) => message.id);
  return { messageIds, senderIds: sends.map(({ message }) => message.senderId), shares };
}
