import { LIMITS, type SendJson } from '@sealpost/protocol';
import { ApiError, ClientError, SealpostError } from '../errors.js';
import { problemAnswer, type SendResultAnswer } from '../http/answers.js';
import type { UserApi } from '../http/user-api.js';
import { pause } from '../http/backoff.js';
import { checkConfirmed, isFinal, needsNewSeal, type Delivery } from './delivery.js';
import type { OutgoingMessage } from './outgoing.js';
import type { Sealing } from './sealing.js';

/** The most bytes of one request's body. The server takes 512 KiB by default; one message alone has 360,000 bytes at most. */
const BATCH_BYTES = 500_000;

/** What the server says about one message. */
interface Answered {
  readonly message: OutgoingMessage;
  readonly outcome: SendJson | SealpostError;
}

export interface BatchOutcome {
  /** By messageId: the answer, or what Delivery.deliver() throws of a single message. */
  readonly outcomes: ReadonlyMap<string, SendJson | SealpostError>;
  /** Set where the server was not reached or did not work: more messages would fare the same. */
  readonly outage?: SealpostError;
}

/** Brings many prepared messages to the server, each with a fate of its own. */
export class BatchDelivery {
  constructor(
    private readonly api: UserApi,
    private readonly sealing: Sealing,
    private readonly delivery: Delivery,
  ) {}

  /**
   * Sends prepared messages in as few requests as their number and sizes allow. Those that are refused for old keys are
   * sealed once more, those that the server had no room for at the moment are sent again; both under their ids.
   */
  async deliver(messages: readonly OutgoingMessage[]): Promise<BatchOutcome> {
    const run = new BatchRun(this.api, this.sealing, this.delivery);
    await run.deliver(messages);
    return { outcomes: run.outcomes, ...(run.outage === undefined ? {} : { outage: run.outage }) };
  }
}

/** What goes into the next round. */
class Again {
  readonly messages: OutgoingMessage[] = [];
  /** null where nothing has to wait: what was sealed anew can go at once. */
  retryAfterMs: number | null = null;

  constructor(
    /** False in the last round. */
    readonly mayRetry: boolean,
  ) {}

  retry(message: OutgoingMessage, { retryAfterMs = 0 }: ApiError): void {
    this.messages.push(message);
    this.retryAfterMs = Math.max(this.retryAfterMs ?? 0, retryAfterMs);
  }
}

class BatchRun {
  readonly outcomes = new Map<string, SendJson | SealpostError>();
  outage: SealpostError | undefined;
  readonly #resealed = new Set<string>();

  constructor(
    private readonly api: UserApi,
    private readonly sealing: Sealing,
    private readonly delivery: Delivery,
  ) {}

  async deliver(messages: readonly OutgoingMessage[]): Promise<void> {
    const { retryPolicy } = this.api.access.repeating;
    let open = messages;
    for (let attempt = 1; open.length > 0; attempt++) {
      const again = new Again(attempt < retryPolicy.attempts);
      for (const batch of batchesOf(open)) await this.#sendAndSettle(batch, again);
      await this.#pauseBefore(again, attempt);
      open = again.messages;
    }
  }

  async #sendAndSettle(batch: readonly OutgoingMessage[], again: Again): Promise<void> {
    const answered = await this.#send(batch);
    const unkept = await this.#confirm(answered.filter(({ outcome }) => !isRefusal(outcome)));
    for (const { message, outcome } of answered) {
      if (!isRefusal(outcome) && unkept !== null) await this.#fail(message, unkept);
      else if (!isRefusal(outcome)) this.outcomes.set(message.messageId, outcome);
      else if (needsNewSeal(outcome)) await this.#reseal(message, outcome, again);
      else if (again.mayRetry && this.outage === undefined && passes(outcome)) again.retry(message, outcome);
      else await this.#fail(message, outcome);
    }
  }

  /** @returns why it could not be kept that they were taken: then they are in the outbox still, and nothing more is sent */
  async #confirm(taken: readonly Answered[]): Promise<SealpostError | null> {
    try {
      await this.sealing.confirm(taken.map(({ message }) => message));
      return null;
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
      this.outage = error;
      return error;
    }
  }

  async #pauseBefore({ retryAfterMs }: Again, attempt: number): Promise<void> {
    if (retryAfterMs === null) return;
    await pause(this.api.access.repeating.delayAfter(attempt, retryAfterMs) ?? retryAfterMs, undefined);
  }

  async #send(batch: readonly OutgoingMessage[]): Promise<readonly Answered[]> {
    const all = (outcome: SealpostError): Answered[] => batch.map((message) => ({ message, outcome }));
    if (this.outage !== undefined) return all(this.outage);
    try {
      const { results } = await this.api.sendBatch({ messages: batch.map(({ request }) => request) });
      if (results.length !== batch.length) throw badAnswer();
      return batch.map((message, index) => ({ message, outcome: outcomeOf(message, results[index]) }));
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
      if (!isFinal(error)) this.outage = error;
      else if (batch.length > 1 && refusesWhole(error)) return this.#sendHalves(batch);
      return all(error);
    }
  }

  /** Nothing was taken. Whatever was wrong with the whole is found in the half that is refused again. */
  async #sendHalves(batch: readonly OutgoingMessage[]): Promise<readonly Answered[]> {
    const middle = Math.ceil(batch.length / 2);
    const first = await this.#send(batch.slice(0, middle));
    return [...first, ...(await this.#send(batch.slice(middle)))];
  }

  /** Once for each reason; keys that change again while this goes on are for the next attempt of the caller's. */
  async #reseal(message: OutgoingMessage, refusal: ApiError, again: Again): Promise<void> {
    const attempt = `${refusal.code}/${message.messageId}`;
    if (this.#resealed.has(attempt)) return this.#fail(message, refusal);
    this.#resealed.add(attempt);
    try {
      again.messages.push(await this.sealing.reseal(message, refusal));
    } catch (error) {
      await this.#fail(message, error);
    }
  }

  async #fail(message: OutgoingMessage, error: unknown): Promise<void> {
    const outcome = await this.delivery.outcomeOf(message, error);
    if (!(outcome instanceof SealpostError)) throw outcome;
    this.outcomes.set(message.messageId, outcome);
  }
}

function isRefusal(outcome: SendJson | SealpostError): outcome is SealpostError {
  return outcome instanceof SealpostError;
}

function outcomeOf(message: OutgoingMessage, result: SendResultAnswer | undefined): SendJson | SealpostError {
  try {
    if (result?.message !== undefined && result.status < 300) return checkConfirmed(message, result.message);
    if (result?.problem === undefined) throw badAnswer();
    return new ApiError(result.status, problemAnswer(result.problem, ''), undefined, result.problem);
  } catch (error) {
    if (error instanceof SealpostError) return error;
    throw error;
  }
}

/** The whole body was refused, and nothing of it was taken. */
function refusesWhole(error: SealpostError): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 413);
}

function passes(error: SealpostError): error is ApiError {
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}

function badAnswer(): ClientError {
  return new ClientError('client.bad-answer', 'The server’s answer does not have a result for each message');
}

/** In order, at most 100 each, and no larger than a server takes. */
function batchesOf(messages: readonly OutgoingMessage[]): readonly (readonly OutgoingMessage[])[] {
  const batches: OutgoingMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    // All of it is ASCII; the comma behind it counts.
    const length = JSON.stringify(message.request).length + 1;
    const last = batches.at(-1);
    const fits = last !== undefined && last.length < LIMITS.batchMessages && bytes + length <= BATCH_BYTES;
    if (fits) last.push(message);
    else batches.push([message]);
    bytes = fits ? bytes + length : length;
  }
  return batches;
}
