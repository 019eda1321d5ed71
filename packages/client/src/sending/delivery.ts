import { base64UrlLength, LIMITS, uuidV7, type KeyStatementJson, type SendJson } from '@sealpost/protocol';
import { newestOf } from '../contacts/chain.js';
import { requireTrusted, type ContactDirectory } from '../contacts/contact-directory.js';
import { ContactWarning, KeysRefused } from '../contacts/contact-errors.js';
import { randomBytes } from '../crypto/primitives.js';
import { ApiError, ClientError, isApiError, NetworkError, SealpostError, UnconfirmedSend } from '../errors.js';
import { staleKeyAnswer } from '../http/answers.js';
import type { UserApi } from '../http/api.js';
import { newestOwnKeys, type OwnKeys } from '../keys/own-keys.js';
import { abandonSend, confirmSend, planSend, recordPending, retireStreams } from '../messages/stream-sending.js';
import type { StreamsState } from '../messages/stream-state.js';
import type { OwnKeys as OwnKeyPair, PartyKeys } from '../messages/types.js';
import { LOOK_UPS_AT_ONCE, mapInBatches } from '../state/batches.js';
import { Changes } from '../state/client-state.js';
import type { StreamsStep, StreamsStore } from '../state/streams-store.js';
import { tooLarge } from './draft.js';
import { outboxKey, planOf, sealOutgoing, storedPlanOf, type OutgoingMessage } from './outgoing.js';

type Draft = Omit<OutgoingMessage, 'request' | 'plan'>;

interface Keys {
  readonly sender: OwnKeyPair;
  readonly recipients: readonly PartyKeys[];
}

/** Brings single messages to the server: sealed, kept, sent, and sealed once more where keys have changed. */
export class Delivery {
  constructor(
    private readonly api: UserApi,
    private readonly streams: StreamsStore,
    private readonly directory: ContactDirectory,
    private readonly ownKeys: OwnKeys,
    private readonly ownUserId: string,
    private readonly now: () => number,
  ) {}

  /**
   * Seals a message, gives it its place in a stream, and keeps both before anything is sent: whatever happens then, the
   * place is never given to another message, and the same bytes can be sent again.
   */
  async prepare(draft: Draft): Promise<OutgoingMessage> {
    const keys = await this.#keysFor(draft.recipients);
    return this.streams.update((state) => this.#place(state, draft, keys));
  }

  /**
   * Sends a prepared message, and as often as the network asks for the same bytes. On newer keys it is sealed once more.
   * @throws UnconfirmedSend where the outcome is not known; the message is kept
   * @throws ApiError, ContactWarning, KeysRefused where it is known that it was not taken; the message is not kept
   */
  async deliver(message: OutgoingMessage): Promise<SendJson> {
    try {
      const { answer, sent } = await this.#sendOrReseal(message);
      await this.#settle(sent, (state, plan) => confirmSend(state, plan));
      return answer;
    } catch (error) {
      if (isFinal(error)) {
        await this.giveUp(message, isApiError(error, 'messages.id-conflict'));
        throw error;
      }
      if (error instanceof SealpostError && !isStorageFailure(error)) {
        throw new UnconfirmedSend(message.messageId, error);
      }
      throw error;
    }
  }

  /**
   * Forgets a message. Its stream ends with it: a server that delivers what it has refused could otherwise make the next
   * message at the same place look like a forgery of the sender's.
   * @param maybeTaken the message may have reached its recipients
   */
  giveUp(message: OutgoingMessage, maybeTaken: boolean): Promise<void> {
    return this.#settle(message, (state, plan) =>
      retireStreams(maybeTaken ? state : abandonSend(state, plan), [plan.position.streamId]),
    );
  }

  async #sendOrReseal(message: OutgoingMessage): Promise<{ answer: SendJson; sent: OutgoingMessage }> {
    try {
      return { answer: await this.#send(message), sent: message };
    } catch (error) {
      if (!isApiError(error, 'messages.stale-key-version')) throw error;
      await this.#learnKeys(message, staleKeyAnswer(error.body, '').statements);
      const sent = await this.#reseal(message);
      return { answer: await this.#send(sent), sent };
    }
  }

  async #send({ request }: OutgoingMessage): Promise<SendJson> {
    const answer = await this.api.send(request);
    const delivered = new Set(answer.deliveries.map(({ userId }) => userId));
    const complete = request.recipients.every(({ userId }) => delivered.has(userId));
    if (answer.id !== request.id || !complete || delivered.size !== request.recipients.length) {
      throw new ClientError('client.bad-answer', 'The server confirms another message than was sent');
    }
    return answer;
  }

  /** Every statement that the server shows is verified on top of the pinned chain before anything is sealed to it. */
  async #learnKeys({ recipients }: OutgoingMessage, statements: readonly KeyStatementJson[]): Promise<void> {
    for (const statement of statements) {
      if (statement.userId === this.ownUserId) await this.ownKeys.refresh();
      else if (recipients.includes(statement.userId)) await this.directory.absorb(statement.userId, statement);
    }
  }

  async #reseal(message: OutgoingMessage): Promise<OutgoingMessage> {
    const keys = await this.#keysFor(message.recipients);
    const { request, ...draft } = message;
    const changed =
      request.senderKeyVersion !== keys.sender.version ||
      keys.recipients.some(({ userId, version }) =>
        request.recipients.some((stated) => stated.userId === userId && stated.keyVersion !== version),
      );
    if (!changed) throw new StaleWithoutNews();
    return this.streams.update((state) => sealStep(state, draft, keys, this.ownUserId));
  }

  #place(state: StreamsState, draft: Draft, keys: Keys): StreamsStep<OutgoingMessage> {
    if (draft.suite !== 'sealpost-v1') return sealStep(state, draft, keys, this.ownUserId);
    const { conversationId, recipients } = draft;
    const newStreamId = uuidV7(this.now(), randomBytes(10));
    const plan = planSend(state, { senderId: this.ownUserId, conversationId, recipients, newStreamId });
    return sealStep(state, { ...draft, plan: storedPlanOf(plan) }, keys, this.ownUserId);
  }

  async #keysFor(recipients: readonly string[]): Promise<Keys> {
    const opened = await this.ownKeys.opened();
    const sender = newestOwnKeys(opened);
    const newest = await mapInBatches(recipients, LOOK_UPS_AT_ONCE, async (userId): Promise<PartyKeys> => {
      if (userId === this.ownUserId) return sender;
      return newestOf(requireTrusted(await this.directory.chain(userId)));
    });
    return { sender, recipients: newest };
  }

  /** Takes a message out of the outbox, and does to its stream what belongs to that. */
  #settle(
    message: OutgoingMessage,
    change: (state: StreamsState, plan: NonNullable<ReturnType<typeof planOf>>) => StreamsState,
  ): Promise<void> {
    const plan = planOf(message, this.ownUserId);
    return this.streams.update((state) => ({
      state: plan === null ? state : change(state, plan),
      changes: new Changes().remove(outboxKey(message.messageId)),
      result: undefined,
    }));
  }
}

/** The server calls a key version stale and shows no newer one: nothing that can be encrypted would satisfy it. */
class StaleWithoutNews extends ClientError {
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
  return {
    state: plan === null || sealed === null ? state : recordPending(state, plan, sealed),
    changes: new Changes().put(outboxKey(draft.messageId), message),
    result: message,
  };
}

/** True where it is certain that the message was not taken, and useless to send it again. */
function isFinal(error: unknown): boolean {
  if (error instanceof ContactWarning || error instanceof KeysRefused || error instanceof StaleWithoutNews) return true;
  if (!(error instanceof ApiError)) return false;
  const passing = error.status === 401 || error.status === 408 || error.status === 429;
  return error.status >= 400 && error.status < 500 && !passing;
}

function isStorageFailure(error: SealpostError): boolean {
  return !(error instanceof NetworkError) && error.code.startsWith('storage.');
}
