import type { DeliveryJson } from '@sealpost/protocol';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { resolveUser, type UserReference } from '../contacts/contacts.js';
import { ClientError, SealpostError, UnconfirmedSend } from '../errors.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { LOOK_UPS_AT_ONCE, mapInBatches } from '../state/batches.js';
import { NamedMutex } from '../state/mutex.js';
import type { Delivery } from './delivery.js';
import { draftMessage, type Content, type SendOptions } from './draft.js';
import { outboxKey, type OutgoingMessage } from './outgoing.js';

/** A message that the server has taken. */
export interface SentMessage {
  readonly messageId: string;
  readonly conversationId: string;
  /** The server's clock, Unix milliseconds. */
  readonly receivedAt: number;
  readonly expiresAt?: number;
  /** The position in each recipient's mailbox. */
  readonly deliveries: readonly DeliveryJson[];
}

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
  flush(): Promise<void>;
  /** Gives a message up; recipients may have it nevertheless. */
  discard(messageId: string): Promise<void>;
}

export class Sender implements Outbox {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly delivery: Delivery,
    private readonly state: ClientState,
    private readonly directory: ContactDirectory,
    private readonly identity: { readonly serviceId: string; readonly userId: string; readonly now: () => number },
  ) {}

  async send(
    to: UserReference | readonly UserReference[],
    content: Content,
    options: SendOptions,
  ): Promise<SentMessage> {
    const { serviceId, userId: ownUserId, now } = this.identity;
    const users = await mapInBatches(isList(to) ? to : [to], LOOK_UPS_AT_ONCE, (user) =>
      resolveUser(this.directory, user),
    );
    const draft = draftMessage({ serviceId, ownUserId, now: now(), to: users, content, options });
    // One after the other within a conversation, so that messages arrive in the order in which they were sent.
    return this.#mutex.run(draft.conversationId, async () => {
      await this.#flush((waiting) => waiting.conversationId === draft.conversationId).catch(ignoreUnconfirmed);
      const message = await this.delivery.prepare(draft);
      const { id, ...answer } = await this.delivery.deliver(message);
      return { messageId: id, conversationId: message.conversationId, ...answer };
    });
  }

  async list(): Promise<readonly OutboxEntry[]> {
    return (await this.#waiting()).map(({ messageId, conversationId, recipients, sentAt, refused }) => ({
      messageId,
      conversationId,
      recipients,
      sentAt,
      ...(refused === undefined ? {} : { refused }),
    }));
  }

  async flush(): Promise<void> {
    const conversations = new Set((await this.#waiting()).map(({ conversationId }) => conversationId));
    for (const conversationId of conversations) {
      await this.#mutex.run(conversationId, () => this.#flush((message) => message.conversationId === conversationId));
    }
  }

  async discard(messageId: string): Promise<void> {
    const message = await this.state.read<OutgoingMessage>(outboxKey(messageId));
    if (message === null) throw new ClientError('client.invalid-argument', 'There is no such message in the outbox');
    await this.#mutex.run(message.conversationId, () => this.delivery.giveUp(message, message.refused === undefined));
  }

  async #waiting(): Promise<readonly OutgoingMessage[]> {
    const messages: OutgoingMessage[] = [];
    for (const key of await this.state.keys(outboxKey(''))) {
      const message = await this.state.read<OutgoingMessage>(key);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  async #flush(which: (message: OutgoingMessage) => boolean): Promise<void> {
    for (const message of (await this.#waiting()).filter(which)) {
      if (message.refused === undefined) await this.#sendAgain(message);
    }
  }

  /** Nobody waits for a refusal here: it is kept where list() shows it. */
  async #sendAgain(message: OutgoingMessage): Promise<void> {
    try {
      await this.delivery.deliver(message);
    } catch (error) {
      if (!(error instanceof SealpostError) || error instanceof UnconfirmedSend) throw error;
      const refused = { code: error.code, detail: error.message };
      await this.state.commit(new Changes().put(outboxKey(message.messageId), { ...message, refused }));
    }
  }
}

function isList(to: UserReference | readonly UserReference[]): to is readonly UserReference[] {
  return Array.isArray(to);
}

/** The older message stays where it is; what becomes of the new one is told by its own request. */
function ignoreUnconfirmed(error: unknown): void {
  if (!(error instanceof UnconfirmedSend)) throw error;
}
