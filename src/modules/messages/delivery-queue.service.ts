import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { Grouping } from '../../core/grouping.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import type { PendingSend, SendOutcome } from './delivery-planner.service.js';
import { GroupDelivery } from './group-delivery.service.js';
import { overloaded } from './messages.errors.js';
import { SendingMetrics } from './sending-metrics.service.js';

const GROUPS_IN_FLIGHT = 2;
/** One transaction stays short whatever is sent: so many messages, and so many bytes and entries (by their weight). */
const MESSAGES_PER_GROUP = 256;
const WEIGHT_PER_GROUP = 4 * 1024 * 1024;
const WAITING_WEIGHT = 64 * 1024 * 1024;
/** What an entry costs compared to a byte of ciphertext. */
const ENTRY_WEIGHT = 1024;

/** Where messages wait for the transaction that stores them together. */
@Injectable()
export class DeliveryQueue {
  readonly #groups: Grouping<PendingSend, SendOutcome>;

  constructor(
    private readonly deliveries: GroupDelivery,
    metrics: SendingMetrics,
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
      return await this.deliveries.deliver(sends);
    } catch (error) {
      // What one message did to a statement must not be the fate of the others.
      if (sends.length === 1 || isDatabaseUnavailable(error)) throw error;
      return await this.#commitEach(sends);
    }
  }

  async #commitEach(sends: readonly PendingSend[]): Promise<readonly SendOutcome[]> {
    const outcomes: SendOutcome[] = [];
    for (const send of sends) {
      const [outcome] = await this.deliveries
        .deliver([send])
        .catch((error: unknown) => [{ kind: 'failed' as const, error }]);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return outcomes;
  }
}
