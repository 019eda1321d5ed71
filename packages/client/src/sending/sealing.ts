import { base64UrlLength, LIMITS, uuidV7, type KeyStatementJson } from '@sealpost/protocol';
import { newestOf } from '../contacts/chain.js';
import { requireTrusted, type ContactDirectory } from '../contacts/contact-directory.js';
import { randomBytes } from '../crypto/primitives.js';
import { ClientError, SealpostError, type ApiError } from '../errors.js';
import { staleKeyAnswer } from '../http/answers.js';
import { newestOwnKeys, type OwnKeys } from '../keys/own-keys.js';
import type { RotationDuty } from '../keys/rotation-duty.js';
import { abandonSend, confirmSend, planSend, recordPending, retireStreams } from '../messages/stream-sending.js';
import type { StreamsState } from '../messages/stream-state.js';
import type { OwnKeys as OwnKeyPair, PartyKeys } from '../messages/types.js';
import { isReceiptType } from '../receipts/receipt-content.js';
import { rememberSent, sentKey } from '../receipts/sent-messages.js';
import { LOOK_UPS_AT_ONCE, mapInBatches } from '../state/batches.js';
import { Changes } from '../state/client-state.js';
import type { StreamsStep, StreamsStore } from '../state/streams-store.js';
import { tooLarge, type Draft } from './draft.js';
import { outboxKey, planOf, sealOutgoing, storedPlanOf, type OutgoingMessage } from './outgoing.js';

interface Keys {
  readonly sender: OwnKeyPair;
  readonly recipients: readonly PartyKeys[];
}

/** Seals messages, and keeps what has to outlive the program: the outbox and the places in the streams. */
export class Sealing {
  constructor(
    private readonly streams: StreamsStore,
    private readonly directory: ContactDirectory,
    private readonly ownKeys: OwnKeys,
    private readonly duty: RotationDuty,
    private readonly identity: { readonly userId: string; readonly now: () => number },
  ) {}

  /**
   * Seals messages, gives them their places in streams, and keeps all of that in one commit before anything is sent:
   * whatever happens then, the places are never given to other messages, and the same bytes can be sent again.
   * @param drafts at most one of a conversation: a stream is not written on while a message of unknown fate is in it
   * @param also belongs to the same commit, where anything was sealed
   * @returns for each draft the message, or why there is none
   */
  async prepare(drafts: readonly Draft[], also?: Changes): Promise<readonly (OutgoingMessage | SealpostError)[]> {
    await this.duty.renewAhead();
    const keys = await mapInBatches(drafts, LOOK_UPS_AT_ONCE, (draft) =>
      settled(() => this.#keysFor(draft.recipients)),
    );
    return this.streams.update((before) => {
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
  }

  /**
   * Encrypts a message once more after 409 messages.stale-key-version or keys.rotation-due, under the same id and at the
   * same place. Every statement that the server shows is verified on top of the pinned chain first.
   * @throws StaleWithoutNews, ContactWarning, KeysRefused, and the refusal where the application does not let keys rotate
   */
  async reseal(message: OutgoingMessage, refusal: ApiError): Promise<OutgoingMessage> {
    if (refusal.code === 'keys.rotation-due') await this.duty.fulfil(message.request.senderKeyVersion, refusal);
    else await this.#learnKeys(message, staleKeyAnswer(refusal.body, '').statements);
    const keys = await this.#keysFor(message.recipients);
    const { request, ...draft } = message;
    const changed =
      request.senderKeyVersion !== keys.sender.version ||
      keys.recipients.some(({ userId, version }) =>
        request.recipients.some((stated) => stated.userId === userId && stated.keyVersion !== version),
      );
    if (!changed) throw new StaleWithoutNews();
    return this.streams.update((state) => sealStep(state, draft, keys, this.identity.userId));
  }

  /** The server has taken these messages. */
  confirm(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.streams.update((before) => {
      const changes = new Changes();
      let state = before;
      for (const message of messages) {
        const plan = planOf(message, this.identity.userId);
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
    const plan = planOf(message, this.identity.userId);
    return this.streams.update((state) => {
      const changes = new Changes().remove(outboxKey(message.messageId));
      if (!maybeTaken) changes.remove(sentKey(message.messageId));
      if (plan === null) return { state, changes, result: undefined };
      const left = maybeTaken ? state : abandonSend(state, plan);
      return { state: retireStreams(left, [plan.position.streamId]), changes, result: undefined };
    });
  }

  async #learnKeys({ recipients }: OutgoingMessage, statements: readonly KeyStatementJson[]): Promise<void> {
    for (const statement of statements) {
      if (statement.userId === this.identity.userId) await this.ownKeys.refresh();
      else if (recipients.includes(statement.userId)) await this.directory.absorb(statement.userId, statement);
    }
  }

  #place(state: StreamsState, draft: Draft, keys: Keys): StreamsStep<OutgoingMessage> {
    if (draft.suite !== 'sealpost-v1') return sealStep(state, draft, keys, this.identity.userId);
    const { conversationId, recipients } = draft;
    const newStreamId = uuidV7(this.identity.now(), randomBytes(10));
    const plan = planSend(state, { senderId: this.identity.userId, conversationId, recipients, newStreamId });
    return sealStep(state, { ...draft, plan: storedPlanOf(plan) }, keys, this.identity.userId);
  }

  async #keysFor(recipients: readonly string[]): Promise<Keys> {
    const opened = await this.ownKeys.opened();
    const sender = newestOwnKeys(opened);
    const newest = await mapInBatches(recipients, LOOK_UPS_AT_ONCE, async (userId): Promise<PartyKeys> => {
      if (userId === this.identity.userId) return sender;
      return newestOf(requireTrusted(await this.directory.chain(userId)));
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
