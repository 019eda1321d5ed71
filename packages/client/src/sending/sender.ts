import { resolveUser, type UserReference } from '../contacts/contacts.js';
import { ClientError, SealpostError, UnconfirmedSend } from '../errors.js';
import { abortable, type CallOptions, type InnerCall } from '../http/call-options.js';
import type { ClientContext } from '../keys/client-context.js';
import { Changes } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import { encodeReceipt, isReceiptType, RECEIPT_TYPE, type ReceiptContent } from '../envelope/receipt-content.js';
import { BatchDelivery } from './batch-delivery.js';
import {
  nextRound,
  notSent,
  sendOutcomeOf,
  sentMessage,
  type MessageToSend,
  type SendOutcome,
  type SentMessage,
  type Waiting,
} from './bulk.js';
import { Delivery } from './delivery.js';
import { draftMessage, type Content, type Draft, type SendOptions } from './draft.js';
import { lookUpEach } from './look-ups.js';
import { Sealing } from './sealing.js';
import { outboxKey, type OutgoingMessage } from './outgoing.js';

/** A message of unknown or sad fate. */
export interface OutboxEntry {
  readonly messageId: string;
  readonly conversationId: string;
  /** userIds, the sender's own for a copy. */
  readonly recipients: readonly string[];
  readonly sentAt: number;
  /** Why the server refused it; absent where its fate is not known yet. */
  readonly refused?: { readonly code: string; readonly detail: string };
}

/** Messages that the server may not have taken. They survive a restart where the storage does. */
export interface Outbox {
  /** Oldest first. */
  list(): Promise<readonly OutboxEntry[]>;
  /** Sends what is there again, oldest first, until one fails. @throws UnconfirmedSend */
  flush(call?: CallOptions): Promise<void>;
  /** Gives a message up; recipients may have it nevertheless. */
  discard(messageId: string): Promise<void>;
}

export class Sender implements Outbox {
  readonly #mutex = new NamedMutex();
  readonly #sealing: Sealing;
  readonly #single: Delivery;
  readonly #batches: BatchDelivery;

  constructor(private readonly context: ClientContext) {
    this.#sealing = new Sealing(context);
    this.#single = new Delivery(context.api, this.#sealing);
    this.#batches = new BatchDelivery(context.api, this.#sealing, this.#single);
  }

  async send(
    to: UserReference | readonly UserReference[],
    content: Content,
    { signal, answered, ...options }: SendOptions & InnerCall,
  ): Promise<SentMessage> {
    const draft = await this.#draft({ to, content, ...options });
    const sent = await this.#sendDraft(draft, { signal, answered });
    await this.context.sent.tidy();
    return sent;
  }

  /** See Sealpost.sendMany(). */
  async sendMany(messages: readonly MessageToSend[], call: CallOptions): Promise<readonly SendOutcome[]> {
    const outcomes: SendOutcome[] = [];
    const waiting: Waiting[] = [];
    for (const [index, message] of messages.entries()) {
      call.signal?.throwIfAborted();
      try {
        waiting.push({ index, draft: await this.#draft(message) });
      } catch (error) {
        outcomes[index] = notSent(error);
      }
    }
    for (let left: readonly Waiting[] = waiting; left.length > 0;) {
      const { round, later } = nextRound(left);
      call.signal?.throwIfAborted();
      const outage = await this.#sendRound(round, outcomes, call);
      if (outage !== undefined) for (const { index } of later) outcomes[index] = notSent(outage);
      left = outage === undefined ? later : [];
    }
    await this.context.sent.tidy(waiting.length);
    return outcomes;
  }

  async sendReceipt(userId: string, receipt: ReceiptContent, sealed: Changes): Promise<void> {
    const content = { contentType: RECEIPT_TYPE, body: encodeReceipt(receipt) };
    await this.#sendDraft(this.#draftTo([userId], content, {}, true), {}, sealed);
  }

  async hasReceiptsWaiting(): Promise<boolean> {
    return (await this.#waiting()).some(isReceipt);
  }

  async flushReceipts(): Promise<void> {
    const conversations = (await this.#waiting()).filter(isReceipt).map(({ conversationId }) => conversationId);
    for (const conversationId of new Set(conversations)) await this.#flushConversation(conversationId, {});
  }

  async list(): Promise<readonly OutboxEntry[]> {
    const messages = (await this.#waiting()).filter((message) => !isReceipt(message));
    return messages.map(({ messageId, conversationId, recipients, sentAt, refused }) => ({
      messageId,
      conversationId,
      recipients,
      sentAt,
      ...(refused === undefined ? {} : { refused }),
    }));
  }

  flush(call: CallOptions = {}): Promise<void> {
    return abortable(call, async (inner) => {
      const conversations = new Set((await this.#waiting()).map(({ conversationId }) => conversationId));
      for (const conversationId of conversations) await this.#flushConversation(conversationId, inner);
    });
  }

  async discard(messageId: string): Promise<void> {
    const message = await this.context.state.read<OutgoingMessage>(outboxKey(messageId));
    if (message === null) throw new ClientError('client.invalid-argument', 'There is no such message in the outbox');
    await this.#mutex.run(message.conversationId, () => this.#single.giveUp(message, message.refused === undefined));
  }

  async #draft({ to, content, ...options }: MessageToSend): Promise<Draft> {
    const users = await lookUpEach(isList(to) ? to : [to], (user) => resolveUser(this.context.directory, user));
    return this.#draftTo(users, content, options);
  }

  #draftTo(to: readonly string[], content: Content, options: SendOptions, reserved = false): Draft {
    const { serviceId, userId: ownUserId, now } = this.context;
    return draftMessage({ serviceId, ownUserId, now: now(), to, content, options, reserved });
  }

  /** One after the other within a conversation, so that messages arrive in the order in which they were sent. */
  #sendDraft(draft: Draft, call: InnerCall, also?: Changes): Promise<SentMessage> {
    // What waits there is sent first; its answers are not the one that this call is about.
    return this.#exclusively([draft.conversationId], { signal: call.signal }, async () => {
      const message = await this.#single.prepare(draft, call, also);
      return sentMessage(message, await this.#single.deliver(message, call));
    });
  }

  /** @returns why more of it would fail as well */
  #sendRound(
    round: readonly Waiting[],
    outcomes: SendOutcome[],
    call: CallOptions,
  ): Promise<SealpostError | undefined> {
    const drafts = round.map(({ draft }) => draft);
    const conversations = drafts.map(({ conversationId }) => conversationId);
    const send = async (): Promise<SealpostError | undefined> => {
      const prepared = await this.#sealing.prepare(drafts, call);
      const messages = prepared.flatMap((message) => (message instanceof SealpostError ? [] : [message]));
      const delivered = await this.#batches.deliver(messages);
      for (const [place, { index }] of round.entries()) {
        outcomes[index] = sendOutcomeOf(prepared[place], delivered.outcomes);
      }
      return delivered.outage;
    };
    return this.#exclusively(conversations, call, send).catch((error: unknown) => {
      // Before anything of this round was prepared, e.g. by a storage that fails: earlier rounds keep their outcomes.
      for (const { index } of round) outcomes[index] = notSent(error);
      return error instanceof SealpostError ? error : undefined;
    });
  }

  /** Runs work when nothing else is sent in these conversations, and what waits in them has been tried again. */
  #exclusively<T>(conversationIds: readonly string[], call: CallOptions, work: () => Promise<T>): Promise<T> {
    return this.#mutex.runAll(conversationIds, async () => {
      const conversations = new Set(conversationIds);
      await this.#flush(({ conversationId }) => conversations.has(conversationId), call).catch(ignoreUnconfirmed);
      return work();
    });
  }

  #flushConversation(conversationId: string, call: CallOptions): Promise<void> {
    return this.#mutex.run(conversationId, () =>
      this.#flush((message) => message.conversationId === conversationId, call),
    );
  }

  async #waiting(): Promise<readonly OutgoingMessage[]> {
    const messages: OutgoingMessage[] = [];
    for (const key of await this.context.state.keys(outboxKey(''))) {
      const message = await this.context.state.read<OutgoingMessage>(key);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  async #flush(which: (message: OutgoingMessage) => boolean, call: CallOptions): Promise<void> {
    for (const message of (await this.#waiting()).filter(which)) {
      if (message.refused === undefined) await this.#sendAgain(message, call);
    }
  }

  /** Nobody waits for a refusal here: it is kept where list() shows it. */
  async #sendAgain(message: OutgoingMessage, call: CallOptions): Promise<void> {
    try {
      await this.#single.deliver(message, call);
    } catch (error) {
      if (!(error instanceof SealpostError) || error instanceof UnconfirmedSend) throw error;
      if (isReceipt(message)) return;
      const refused = { code: error.code, detail: error.message };
      await this.context.state.commit(new Changes().put(outboxKey(message.messageId), { ...message, refused }));
    }
  }
}

/** Receipts are the SDK's own: nobody waits for them, or has to know of their fate. */
function isReceipt({ contentType }: OutgoingMessage): boolean {
  return isReceiptType(contentType);
}

function isList(to: UserReference | readonly UserReference[]): to is readonly UserReference[] {
  return Array.isArray(to);
}

/** The older message stays where it is; what becomes of the new one is told by its own request. */
function ignoreUnconfirmed(error: unknown): void {
  if (!(error instanceof UnconfirmedSend)) throw error;
}
