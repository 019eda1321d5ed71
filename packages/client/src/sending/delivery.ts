import type { SendJson } from '@sealpost/protocol';
import { ContactWarning, KeysRefused } from '../trust/contact-errors.js';
import {
  ApiError,
  ClientError,
  internal,
  isApiError,
  RestoredAccountWarning,
  SealpostError,
  UnconfirmedSend,
} from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { CallOptions, InnerCall } from '../http/call-options.js';
import { Changes } from '../state/client-state.js';
import type { Draft } from './draft.js';
import type { OutgoingMessage } from './outgoing.js';
import { StaleWithoutNews, type Sealing } from './sealing.js';

/** Brings single messages to the server: sealed, kept, sent, and sealed once more where keys have changed. */
export class Delivery {
  constructor(
    private readonly api: UserApi,
    private readonly sealing: Sealing,
  ) {}

  /** See Sealing.prepare(). */
  async prepare(draft: Draft, call: CallOptions, also?: Changes): Promise<OutgoingMessage> {
    const [message] = await this.sealing.prepare([draft], call, also);
    if (message === undefined || message instanceof SealpostError) throw message ?? internal('Nothing was prepared');
    return message;
  }

  /**
   * Sends a prepared message, and as often as the network asks for the same bytes. On newer keys it is sealed once more.
   * @throws UnconfirmedSend where the outcome is not known; the message is kept
   * @throws ApiError, ContactWarning, KeysRefused where it is known that it was not taken; the message is not kept
   */
  async deliver(message: OutgoingMessage, call: InnerCall = {}): Promise<SendJson> {
    try {
      const { answer, sent } = await this.#sendOrReseal(message, call);
      call.answered?.();
      await this.sealing.confirm([sent]);
      return answer;
    } catch (error) {
      throw await this.outcomeOf(message, error);
    }
  }

  /**
   * What a failure means for a message that was prepared; one that was certainly not taken is forgotten. Whatever else
   * happened, a failing storage included, it is in the outbox: sent anew by the caller it would arrive twice.
   */
  async outcomeOf(message: OutgoingMessage, error: unknown): Promise<unknown> {
    if (!isFinal(error)) return inOutbox(message, error);
    try {
      await this.sealing.giveUp(message, isApiError(error, 'messages.id-conflict'));
      return error;
    } catch (failure) {
      return inOutbox(message, failure);
    }
  }

  giveUp(message: OutgoingMessage, maybeTaken: boolean): Promise<void> {
    return this.sealing.giveUp(message, maybeTaken);
  }

  async #sendOrReseal(
    message: OutgoingMessage,
    call: CallOptions,
    reasons: readonly string[] = [],
  ): Promise<{ answer: SendJson; sent: OutgoingMessage }> {
    try {
      return { answer: checkConfirmed(message, await this.api.send(message.request, call)), sent: message };
    } catch (error) {
      if (!needsNewSeal(error) || reasons.includes(error.code)) throw error;
      return this.#sendOrReseal(await this.sealing.reseal(message, error), call, [...reasons, error.code]);
    }
  }
}

/** @throws ClientError `client.bad-answer` where the answer is not about this message */
export function checkConfirmed({ request }: OutgoingMessage, answer: SendJson): SendJson {
  const delivered = new Set(answer.deliveries.map(({ userId }) => userId));
  const complete = request.recipients.every(({ userId }) => delivered.has(userId));
  if (answer.id === request.id && complete && delivered.size === request.recipients.length) return answer;
  throw new ClientError('client.bad-answer', 'The server confirms another message than was sent');
}

/** Keys of a party are not the newest, or not those that the server has, or the sender's are too old. */
export function needsNewSeal(error: unknown): error is ApiError {
  return isApiError(error, 'messages.stale-key-version', 'messages.envelope-refused', 'keys.rotation-due');
}

/** True where it is certain that the message was not taken, and useless to send it again. */
export function isFinal(error: unknown): boolean {
  const decided = [ContactWarning, KeysRefused, StaleWithoutNews, RestoredAccountWarning];
  if (decided.some((kind) => error instanceof kind)) return true;
  if (!(error instanceof ApiError)) return false;
  const passing = error.status === 401 || error.status === 408 || error.status === 429;
  return error.status >= 400 && error.status < 500 && !passing;
}

function inOutbox({ messageId }: OutgoingMessage, error: unknown): unknown {
  return error instanceof SealpostError ? new UnconfirmedSend(messageId, error) : error;
}
