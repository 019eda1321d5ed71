import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import { DeliveryPlanner, type GroupDecision, type PendingSend, type SendOutcome } from './delivery-planner.service.js';
import { DeliveryRepository, type DeliveryScope, type MailboxShare, pairKey } from './delivery.repository.js';
import { MailboxWakeups } from './mailbox-wakeups.service.js';
import { RememberedHeads } from './remembered-heads.cache.js';
import { SendingMetrics } from './sending-metrics.service.js';

/** A message of the same id that is being committed elsewhere is there when the group is decided once more. */
const ATTEMPTS = 5;
const NOTHING: MailboxShare = { messages: 0, bytes: 0 };

/** Stores the messages of a group in one transaction. */
@Injectable()
export class GroupDelivery {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly planner: DeliveryPlanner,
    private readonly heads: RememberedHeads,
    private readonly wakeups: MailboxWakeups,
    private readonly metrics: SendingMetrics,
    private readonly settings: Settings,
  ) {}

  /** What became of each message. A rejection is that of all of them. */
  async deliver(sends: readonly PendingSend[]): Promise<readonly SendOutcome[]> {
    const scope = scopeOf(sends);
    return (await this.#deliverExpected(sends, scope)) ?? this.#deliverDecided(sends, scope);
  }

  /** In one round trip, where nothing is to be refused and everything is as remembered; otherwise null. */
  async #deliverExpected(sends: readonly PendingSend[], scope: DeliveryScope): Promise<readonly SendOutcome[] | null> {
    const begun = performance.now();
    const { mailboxMaxMessages: messages, mailboxMaxBytes: bytes } = this.settings;
    const heads = this.heads.of(new Set([...scope.senderIds, ...scope.shares.keys()]));
    const decision = this.planner.planExpected(sends, heads);
    if (decision === null) return null;
    const { shares, pairs } = scope;
    const expected = { heads, shares, pairs, accepted: decision.accepted, mailboxLimit: { messages, bytes } };
    const held = await this.deliveries.deliverExpected(expected);
    if (held === null) return null;
    this.metrics.committed(decision.accepted, performance.now() - begun);
    this.#announce(decision, held);
    return decision.outcomes.map((outcome) => onTopOf(held, outcome));
  }

  /** In two, deciding on what the database says. */
  async #deliverDecided(sends: readonly PendingSend[], scope: DeliveryScope): Promise<readonly SendOutcome[]> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const begun = performance.now();
      let decision: GroupDecision = { outcomes: [], accepted: [], mailboxes: new Map() };
      const stored = await this.deliveries.deliver(scope, (state) => {
        this.heads.remember(state.heads);
        return (decision = this.planner.plan(sends, state));
      });
      if (!stored) continue;
      const { accepted, outcomes } = decision;
      if (accepted.length > 0) this.metrics.committed(accepted, performance.now() - begun);
      this.#announce(decision);
      return outcomes;
    }
    throw new Error('A message of the same id was neither stored nor absent');
  }

  #announce({ mailboxes }: GroupDecision, held?: ReadonlyMap<string, number>): void {
    const reached = [...mailboxes].map(
      ([userId, { lastSequence }]) => [userId, lastSequence + (held?.get(userId) ?? 0)] as const,
    );
    this.wakeups.announce(new Map(reached));
  }
}

/** The outcome with the sequences that it has on top of what the mailboxes held. */
function onTopOf(held: ReadonlyMap<string, number>, outcome: SendOutcome): SendOutcome {
  if (outcome.kind !== 'stored') return outcome;
  const deliveries = outcome.receipt.deliveries.map(({ userId, sequence }) => ({
    userId,
    sequence: sequence + (held.get(userId) ?? 0),
  }));
  return { ...outcome, receipt: { ...outcome.receipt, deliveries } };
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
  const pairs = new Map(
    sends.flatMap(({ message: { senderId, recipients } }) =>
      recipients
        .filter(({ userId }) => userId !== senderId)
        .map(({ userId }) => [pairKey(userId, senderId), { userId, senderId }] as const),
    ),
  );
  return { messageIds, pairs: [...pairs.values()], senderIds: sends.map(({ message }) => message.senderId), shares };
}
