import { utf8 } from '@sealpost/protocol';

import { openMessage } from '../../packages/client/src/envelope/open.js';
import { sealMessage } from '../../packages/client/src/envelope/seal.js';
import type { StreamEvent } from '../../packages/client/src/envelope/stream-events.js';
import {
  abandonSend,
  confirmSend,
  planSend,
  recordPending,
  type SendPlan,
} from '../../packages/client/src/envelope/stream-sending.js';
import { EMPTY_STREAMS, type StreamsState } from '../../packages/client/src/envelope/stream-state.js';
import { receiveMessage } from '../../packages/client/src/envelope/streams.js';
import type { DeliveredMessage, SignedSealRequest, StreamPosition } from '../../packages/client/src/envelope/types.js';
import { freshUuid, type Party } from './parties.js';

/** A message as it was delivered, and what its sender knows of it. */
export interface SentMessage extends DeliveredMessage {
  readonly sender: Party;
  readonly plan: SendPlan;
  readonly readers: readonly Party[];
  readonly position: StreamPosition;
  readonly hash: Uint8Array;
  readonly contentType: string;
}

export type BoxMessageSent = DeliveredMessage & { readonly sender: Party };

export interface Departures {
  readonly messageId?: string;
  readonly streamId?: string;
  readonly position?: Partial<StreamPosition>;
  readonly contentType?: string;
  readonly keyVersion?: number;
}

/** One installation of a user's client: keys, and what it remembers of streams. Messages go from hand to hand. */
export class Installation {
  state: StreamsState = EMPTY_STREAMS;
  #lastSent: SentMessage | undefined;

  constructor(readonly party: Party) {}

  /** The installation once more, like from a backup. */
  clone(): Installation {
    const copy = new Installation(this.party);
    copy.state = this.state;
    return copy;
  }

  get lastSent(): SentMessage {
    if (this.#lastSent === undefined) throw new Error('nothing was sent');
    return this.#lastSent;
  }

  /** Seals a message that the server takes at once. */
  send(conversationId: string, readers: readonly Party[], departures: Departures = {}): SentMessage {
    const planned = this.plan(conversationId, readers, departures.streamId);
    const plan = { ...planned, position: { ...planned.position, ...departures.position } };
    const message = this.#seal(plan, readers, departures);
    this.confirm(plan);
    return message;
  }

  plan(
    conversationId: string,
    readers: readonly Party[],
    newStreamId = freshUuid(),
  ): SendPlan & { readers: readonly Party[] } {
    const recipients = readers.map(({ userId }) => userId);
    const target = { senderId: this.party.userId, conversationId, recipients, newStreamId };
    return { ...planSend(this.state, target), readers };
  }

  /** Seals a message of a plan and hands it to the network: what becomes of it is not known. */
  hand(plan: SendPlan & { readonly readers: readonly Party[] }): SentMessage {
    return this.#seal(plan, plan.readers, { messageId: this.#messageIds.get(plan) ?? this.#nameMessage(plan) });
  }

  confirm(plan: SendPlan): void {
    this.state = confirmSend(this.state, plan);
  }

  abandon(plan: SendPlan): void {
    this.state = abandonSend(this.state, plan);
  }

  /** Seals the message once more, to the newest keys of its readers. */
  resend(message: SentMessage, departures: Departures = {}): SentMessage {
    const again = this.#seal(message.plan, message.readers, { messageId: message.messageId, ...departures });
    this.confirm(message.plan);
    return again;
  }

  sendBox(conversationId: string, reader: Party, suite: 'box' | 'sealed-box', messageId = freshUuid()): BoxMessageSent {
    const sender = this.party.keys();
    const content = { contentType: 'text/plain', content: utf8('Hello') };
    const recipient = reader.keys();
    const sealed = sealMessage({ suite, messageId, conversationId, sender, recipients: [recipient], ...content });
    return {
      ...sealed,
      suite,
      messageId,
      conversationId,
      sender: this.party,
      senderId: this.party.userId,
      senderKeyVersion: sender.version,
      recipients: [{ userId: reader.userId, keyVersion: recipient.version }],
    };
  }

  /** Opens a message and enters it; returns the events. Throws where it is refused. */
  receive(
    message: SentMessage | BoxMessageSent,
    pinnedVersion = message.sender.keys().version,
  ): readonly StreamEvent[] {
    const opened = openMessage(message, this.party.opening(message.sender));
    const reception = receiveMessage(this.state, opened, pinnedVersion);
    this.state = reception.state;
    if (!reception.accepted) throw reception.refusal;
    return reception.events;
  }

  /** The reason with which a message is refused; undefined where it is accepted. */
  refusal(message: SentMessage | BoxMessageSent | undefined): string | undefined {
    if (message === undefined) throw new Error('no message');
    const opened = openMessage(message, this.party.opening(message.sender));
    const reception = receiveMessage(this.state, opened, message.sender.keys().version);
    this.state = reception.state;
    return reception.accepted ? undefined : reception.refusal.reason;
  }

  /** Enters an opened message of suite `box` without encrypting it first. */
  note(sender: Installation, messageId: string): void {
    const rcpt = { userId: sender.party.userId, keyVersion: 1, keysHash: new Uint8Array(32) };
    const message = { messageId, conversationId: freshUuid(), sender: rcpt, recipients: [rcpt], contentType: 'a' };
    const opened = { ...message, suite: 'box', senderProof: 'shared-key', content: new Uint8Array(0) } as const;
    this.state = receiveMessage(this.state, opened, 1).state;
  }

  readonly #messageIds = new Map<SendPlan, string>();

  #nameMessage(plan: SendPlan): string {
    const messageId = freshUuid();
    this.#messageIds.set(plan, messageId);
    return messageId;
  }

  #seal(plan: SendPlan, readers: readonly Party[], departures: Departures): SentMessage {
    const contentType = departures.contentType ?? 'text/plain';
    const request: SignedSealRequest = {
      suite: 'sealpost-v1',
      messageId: departures.messageId ?? freshUuid(),
      conversationId: plan.conversationId,
      sender: this.party.keys(departures.keyVersion),
      recipients: readers.map((party) => party.keys()),
      contentType,
      content: utf8('Hello'),
      position: plan.position,
      sentAt: 1_790_000_000_000,
    };
    const sealed = sealMessage(request);
    this.state = recordPending(this.state, plan, sealed);
    this.#lastSent = {
      suite: 'sealpost-v1',
      messageId: request.messageId,
      conversationId: request.conversationId,
      sender: this.party,
      senderId: this.party.userId,
      senderKeyVersion: request.sender.version,
      recipients: request.recipients.map(({ userId, version }) => ({ userId, keyVersion: version })),
      ciphertext: sealed.ciphertext,
      hash: sealed.hash,
      position: plan.position,
      plan,
      readers,
      contentType,
    };
    return this.#lastSent;
  }
}
