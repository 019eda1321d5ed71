import { Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { type CheckedEnvelope, CryptoService } from '../../core/crypto/index.js';
import type { DomainError } from '../../core/errors.js';
import {
  type DeliveryPlan,
  type DeliveryState,
  type KeyHead,
  type MailboxState,
  pairKey,
  type StoredMessage,
} from './delivery.repository.js';
import type { AcceptedMessage, OutgoingMessage, Receipt } from './message.js';
import { MessageLifetime } from './message-lifetime.js';
import * as errors from './messages.errors.js';

/** A message whose form was checked, on its way into mailboxes. */
export interface PendingSend {
  readonly message: OutgoingMessage;
  readonly envelope: CheckedEnvelope;
  readonly contentHash: Uint8Array;
}

/** A party whose stated key version is not the newest, and where the request states it. */
export interface StaleParty {
  readonly userId: string;
  readonly pointer: string;
}

/** What becomes of one message of a group. */
export type SendOutcome =
  | { readonly kind: 'stored' | 'repeated'; readonly receipt: Receipt }
  | { readonly kind: 'stale'; readonly parties: readonly StaleParty[] }
  | { readonly kind: 'refused'; readonly error: DomainError }
  /** Storing it failed, for a reason that is not the sender's. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface GroupDecision extends DeliveryPlan {
  /** One for each send, in their order; they count once the plan is stored. */
  readonly outcomes: readonly SendOutcome[];
}

const EMPTY_MAILBOX: MailboxState = { lastSequence: 0, messages: 0, bytes: 0 };

/** What a group has done so far to the state that it began with. */
interface Progress {
  readonly state: DeliveryState;
  readonly receivedAt: number;
  readonly stored: Map<string, StoredMessage>;
  readonly mailboxes: Map<string, MailboxState>;
  readonly accepted: AcceptedMessage[];
}

/** Decides about the messages of a group one after the other, each on its own merits. */
@Injectable()
export class DeliveryPlanner {
  constructor(
    private readonly crypto: CryptoService,
    private readonly lifetime: MessageLifetime,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  plan(sends: readonly PendingSend[], state: DeliveryState): GroupDecision {
    const progress: Progress = {
      state,
      receivedAt: this.clock.now(),
      stored: new Map(state.stored),
      mailboxes: new Map(),
      accepted: [],
    };
    const outcomes = sends.map((send) => this.#decide(send, progress));
    return { outcomes, accepted: progress.accepted, mailboxes: progress.mailboxes };
  }

  /**
   * The plan of a group of which all is accepted, as far as remembered keys tell: with sequences as if every mailbox were
   * empty. Null where a message would be refused or repeated.
   */
  planExpected(sends: readonly PendingSend[], heads: ReadonlyMap<string, KeyHead>): GroupDecision | null {
    const mailboxes = new Map([...heads.keys()].map((userId) => [userId, EMPTY_MAILBOX]));
    const decision = this.plan(sends, { heads, mailboxes, stored: new Map(), blocked: new Set() });
    return decision.accepted.length === sends.length ? decision : null;
  }

  #decide(send: PendingSend, progress: Progress): SendOutcome {
    const { message } = send;
    const stored = progress.stored.get(message.id);
    if (stored !== undefined) return this.#compare(send, stored);
    const stale = findStaleParties(message, progress.state);
    const error =
      this.lifetime.findFault(message.expiresInSeconds) ??
      findUnknownRecipient(message, progress.state) ??
      (stale.length > 0 ? null : this.#findFault(send, progress));
    if (error !== null) return { kind: 'refused', error };
    return stale.length > 0 ? { kind: 'stale', parties: stale } : this.#accept(send, progress);
  }

  /** Decides on a message whose stated key versions are the newest. */
  #findFault(send: PendingSend, progress: Progress): DomainError | null {
    return (
      this.#findOldKeys(send.message, progress) ??
      this.#findWrongSlot(send, progress.state) ??
      this.#findFullMailbox(send, progress)
    );
  }

  /** Only the sender's: who does not rotate keeps nobody else from sending. */
  #findOldKeys({ senderId }: OutgoingMessage, { state, receivedAt }: Progress): DomainError | null {
    const { keysMaxAgeSeconds } = this.settings;
    const head = state.heads.get(senderId);
    if (keysMaxAgeSeconds === undefined || head === undefined) return null;
    const { version: keyVersion, acceptedAt } = head;
    const dueSince = acceptedAt + keysMaxAgeSeconds * 1000;
    return receivedAt > dueSince ? errors.rotationDue({ keyVersion, acceptedAt, dueSince }) : null;
  }

  #compare({ message, contentHash }: PendingSend, stored: StoredMessage): SendOutcome {
    const same = stored.senderId === message.senderId && this.crypto.equal(stored.contentHash, contentHash);
    return same ? { kind: 'repeated', receipt: stored.receipt } : { kind: 'refused', error: errors.idConflict() };
  }

  #findWrongSlot({ message, envelope }: PendingSend, { heads }: DeliveryState): DomainError | null {
    const recipients = message.recipients.flatMap(({ userId }) => {
      const head = heads.get(userId);
      return head === undefined ? [] : [{ userId, keysHash: head.keysHash }];
    });
    const refusal = this.crypto.checkEnvelopeSlots(envelope, recipients);
    return refusal === null ? null : errors.envelopeRefused(refusal);
  }

  #findFullMailbox({ message }: PendingSend, progress: Progress): DomainError | null {
    const { mailboxMaxMessages, mailboxMaxBytes } = this.settings;
    for (const [index, { userId }] of message.recipients.entries()) {
      const { messages, bytes } = mailboxOf(userId, progress);
      if (messages + 1 > mailboxMaxMessages)
        return errors.mailboxFull(index, { of: 'messages', is: mailboxMaxMessages });
      if (bytes + message.ciphertext.length > mailboxMaxBytes) {
        return errors.mailboxFull(index, { of: 'bytes', is: mailboxMaxBytes });
      }
    }
    return null;
  }

  #accept({ message, contentHash }: PendingSend, progress: Progress): SendOutcome {
    const recipients = message.recipients.map(({ userId, keyVersion }) => {
      const before = mailboxOf(userId, progress);
      const sequence = before.lastSequence + 1;
      // The sender is told what they would be told if the recipient had deleted it at once.
      if (progress.state.blocked.has(pairKey(userId, message.senderId))) {
        progress.mailboxes.set(userId, { ...before, lastSequence: sequence });
        return { userId, keyVersion, sequence, withheld: true as const };
      }
      progress.mailboxes.set(userId, {
        lastSequence: sequence,
        messages: before.messages + 1,
        bytes: before.bytes + message.ciphertext.length,
      });
      return { userId, keyVersion, sequence };
    });
    const times = this.lifetime.from(progress.receivedAt, message.expiresInSeconds);
    progress.accepted.push({ ...message, ...times, recipients, contentHash });
    const receipt = { ...times, deliveries: recipients.map(({ userId, sequence }) => ({ userId, sequence })) };
    progress.stored.set(message.id, { senderId: message.senderId, contentHash, receipt });
    return { kind: 'stored', receipt };
  }
}

function mailboxOf(userId: string, { state, mailboxes }: Progress): MailboxState {
  const mailbox = mailboxes.get(userId) ?? state.mailboxes.get(userId);
  if (mailbox === undefined) throw new Error('The mailbox of a recipient was not looked at');
  return mailbox;
}

/** An erased account has keys, and no mailbox. */
function findUnknownRecipient({ recipients }: OutgoingMessage, state: DeliveryState): DomainError | null {
  const { heads, mailboxes } = state;
  const index = recipients.findIndex(({ userId }) => !heads.has(userId) || !mailboxes.has(userId));
  const userId = recipients[index]?.userId;
  if (userId === undefined) return null;
  return heads.has(userId) ? errors.recipientErased(index) : errors.recipientUnknown(index);
}

function findStaleParties(message: OutgoingMessage, { heads }: DeliveryState): StaleParty[] {
  const parties = message.recipients.map(({ userId, keyVersion }, index) => ({
    userId,
    keyVersion,
    pointer: `/recipients/${index}/keyVersion`,
  }));
  const sender = { userId: message.senderId, keyVersion: message.senderKeyVersion, pointer: '/senderKeyVersion' };
  return [sender, ...parties].filter(({ userId, keyVersion }) => heads.get(userId)?.version !== keyVersion);
}
