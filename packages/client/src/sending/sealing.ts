import { base64UrlLength, LIMITS, uuidV7, type KeyStatementJson } from '@sealpost/protocol';
import { newestOf, requireTrusted } from '../trust/chain.js';
import { ASKED } from '../contacts/chain-source.js';
import { randomBytes } from '../crypto/primitives.js';
import { ClientError, SealpostError, type ApiError, tidying } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import { staleKeyAnswer } from '../http/answers.js';
import type { ClientContext } from '../keys/client-context.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import {
  abandonSend,
  confirmSend,
  planKey,
  planSend,
  recordPending,
  retireStreams,
} from '../envelope/stream-sending.js';
import type { StreamsState } from '../envelope/stream-state.js';
import type { OwnKeyPair, PartyKeys } from '../envelope/types.js';
import { isReceiptType } from '../envelope/receipt-content.js';
import { rememberSent, sentKey } from '../state/sent-messages.js';
import { Changes } from '../state/client-state.js';
import type { StreamsStep } from '../state/streams-store.js';
import { tooLarge, type Draft } from './draft.js';
import { lookUpEach } from './look-ups.js';
import { outboxKey, planOf, sealOutgoing, storedPlanOf, type OutgoingMessage } from './outgoing.js';

interface Keys {
  readonly sender: OwnKeyPair;
  readonly recipients: readonly PartyKeys[];
}

/** Seals messages, and keeps what has to outlive the program: the outbox and the places in the streams. */
export class Sealing {
  constructor(private readonly context: ClientContext) {}

  /**
   * Seals messages, gives them their places in streams, and keeps all of that in one commit before anything is sent:
   * whatever happens then, the places are never given to other messages, and the same bytes can be sent again.
   * @param drafts at most one of a conversation: a stream is not written on while a message of unknown fate is in it
   * @param also belongs to the same commit, where anything was sealed
   * @returns for each draft the message, or why there is none
   */
  async prepare(
    drafts: readonly Draft[],
    { signal }: CallOptions,
    also?: Changes,
  ): Promise<readonly (OutgoingMessage | SealpostError)[]> {
    await this.context.duty.renewAhead();
    const keys = await lookUpEach(drafts, (draft) => settled(() => this.#keysFor(draft.recipients)));
    signal?.throwIfAborted();
    const prepared = await this.context.streams.update((before) => {
      let state = before;
      const changes = new Changes();
      const result = drafts.map((draft, index) => {
        const found = keys[index];
        if (found === undefined || found instanceof SealpostError) return found ?? tooLarge();
        const step = settledNow(() => this.#place(state, draft, found));
        if (step instanceof SealpostError) return step;
        state = step.state;
        changes.add(step.changes);
        return step.result;
      });
      if (also !== undefined && changes.entries.size > 0) changes.add(also);
      return { state, changes, result };
    });
    // They are in the outbox by now, and go. After a crash in between the streams still tell (sync/local-content.ts).
    await tidying(this.context.trustStates.welcome(writtenNow(prepared)));
    return prepared;
  }

  /**
   * Encrypts a message once more after messages.stale-key-version, messages.envelope-refused or keys.rotation-due, under the same id and at the
   * same place. Every statement that the server shows is verified on top of the pinned chain first.
   * @throws StaleWithoutNews, ContactWarning, KeysRefused, and the refusal where the application does not let keys rotate
   */
  async reseal(message: OutgoingMessage, refusal: ApiError): Promise<OutgoingMessage> {
    if (refusal.code === 'keys.rotation-due') await this.context.duty.fulfil(message.request.senderKeyVersion, refusal);
    else if (refusal.code === 'messages.envelope-refused') await this.#recheckKeys(message);
    else await this.#learnKeys(message, staleKeyAnswer(refusal.body, '').statements);
    const keys = await this.#keysFor(message.recipients);
    const { request, ...draft } = message;
    const changed =
      request.senderKeyVersion !== keys.sender.version ||
      keys.recipients.some(({ userId, version }) =>
        request.recipients.some((stated) => stated.userId === userId && stated.keyVersion !== version),
      );
    if (!changed) throw refusal.code === 'messages.envelope-refused' ? refusal : new StaleWithoutNews();
    return this.context.streams.update((state) => sealStep(state, draft, keys, this.context.userId));
  }

  /** The server has taken these messages. */
  confirm(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.context.streams.update((before) => {
      const changes = new Changes();
      let state = before;
      for (const message of messages) {
        const plan = planOf(message, this.context.userId);
        if (plan !== null) state = confirmSend(state, plan);
        changes.remove(outboxKey(message.messageId));
      }
      return { state, changes, result: undefined };
    });
  }

  /**
   * Forgets a message. Its stream ends with it: a server that delivers what it has refused could otherwise make the next
   * message at the same place look like a forgery of the sender's.
   * @param maybeTaken the message may have reached its recipients
   */
  giveUp(message: OutgoingMessage, maybeTaken: boolean): Promise<void> {
    const plan = planOf(message, this.context.userId);
    return this.context.streams.update((state) => {
      const changes = new Changes().remove(outboxKey(message.messageId));
      if (!maybeTaken) changes.remove(sentKey(message.messageId));
      if (plan === null) return { state, changes, result: undefined };
      const left = maybeTaken ? state : abandonSend(state, plan);
      return { state: retireStreams(left, [planKey(plan)]), changes, result: undefined };
    });
  }

  async #learnKeys({ recipients }: OutgoingMessage, statements: readonly KeyStatementJson[]): Promise<void> {
    for (const statement of statements) {
      const { userId } = statement;
      if (userId === this.context.userId) await this.context.ownKeys.refresh();
      if (userId === this.context.userId || !recipients.includes(userId)) continue;
      const chain = await this.context.directory.absorb(userId, statement, ASKED);
      // The server calls keys stale that are newer than what it shows: so it shows less than before.
      if (newestOf(chain).version > statement.version) await this.context.directory.refresh(userId, ASKED);
    }
  }

  /** A server that was restored has other keys of the same versions, and refuses what is sealed to these. */
  async #recheckKeys({ recipients }: OutgoingMessage): Promise<void> {
    await this.context.ownKeys.refresh();
    for (const userId of recipients)
      if (userId !== this.context.userId) await this.context.directory.refresh(userId, ASKED);
  }

  #place(state: StreamsState, draft: Draft, keys: Keys): StreamsStep<OutgoingMessage> {
    if (draft.suite !== 'sealpost-v1') return sealStep(state, draft, keys, this.context.userId);
    const { conversationId, recipients } = draft;
    const newStreamId = uuidV7(this.context.now(), randomBytes(10));
    const plan = planSend(state, { senderId: this.context.userId, conversationId, recipients, newStreamId });
    return sealStep(state, { ...draft, plan: storedPlanOf(plan) }, keys, this.context.userId);
  }

  async #keysFor(recipients: readonly string[]): Promise<Keys> {
    const opened = await this.context.ownKeys.opened();
    const sender = newestOwnKeys(opened);
    const newest = await lookUpEach(recipients, async (userId): Promise<PartyKeys> => {
      if (userId === this.context.userId) return sender;
      return newestOf(requireTrusted(await this.context.directory.chain(userId, ASKED)));
    });
    return { sender, recipients: newest };
  }
}

/** The server calls a key version stale and shows no newer one: nothing that can be encrypted would satisfy it. */
export class StaleWithoutNews extends ClientError {
  constructor() {
    super('client.bad-answer', 'The server calls a key version stale without showing a newer one');
  }
}

function sealStep(
  state: StreamsState,
  draft: Omit<OutgoingMessage, 'request'>,
  { sender, recipients }: Keys,
  ownUserId: string,
): StreamsStep<OutgoingMessage> {
  const { message, sealed } = sealOutgoing(draft, sender, recipients);
  if (message.request.ciphertext.length > base64UrlLength(LIMITS.ciphertextBytes)) throw tooLarge();
  const plan = planOf(draft, ownUserId);
  const changes = new Changes().put(outboxKey(draft.messageId), message);
  if (!isReceiptType(draft.contentType)) rememberSent(changes, draft.messageId, draft.recipients, ownUserId);
  return {
    state: plan === null || sealed === null ? state : recordPending(state, plan, sealed),
    changes,
    result: message,
  };
}

/** Whom messages of the user's own go to; receipts go by themselves. */
function writtenNow(prepared: readonly (OutgoingMessage | SealpostError)[]): readonly string[] {
  return prepared.flatMap((message) =>
    message instanceof SealpostError || isReceiptType(message.contentType) ? [] : message.recipients,
  );
}

/** The outcome of work, or the error that was thrown on purpose. */
async function settled<T>(work: () => Promise<T>): Promise<T | SealpostError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SealpostError) return error;
    throw error;
  }
}

function settledNow<T>(work: () => T): T | SealpostError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SealpostError) return error;
    throw error;
  }
}
