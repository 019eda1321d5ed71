import { setTimeout as sleep } from 'node:timers/promises';
import { isApiError, NetworkError, SealpostError } from '../errors.js';
import type { EventStream } from '../http/streams.js';
import { ServiceAddress, type ServiceOptions } from '../http/service-address.js';
import { Transport } from '../http/transport.js';
import { STREAM_TIMES } from '../inbox/transports/stream-transport.js';
import { gather } from '../inbox/transports/mailbox-events.js';

const PATH = 'v1/messages/stream';
/** The pause between two looks where no stream can be had. */
const LOOK_EVERY_MS = 1000;
/** The pause before a stream is tried again. */
const STREAM_AGAIN_MS = 60_000;

/** What it takes to hear of new messages, without the storage that it takes to read them. */
export interface Listener {
  readonly service: ServiceOptions;
  readonly accessToken: string;
  /** How far the mailbox was read. */
  readonly after: number;
  readonly conversationId?: string;
}

/**
 * Waits until there may be something new in a mailbox. The stream is only a hint here: what is new is read and checked
 * in the ordinary way afterwards, so that the profile is free for other commands in the meantime.
 */
export class MailboxNotifications {
  #streamAgainAt = 0;

  constructor(private readonly signal: AbortSignal) {}

  /** Returns when something has come, the stream has ended for whatever reason, or it is time to look. */
  async wait(listener: Listener): Promise<void> {
    const began = performance.now();
    if (began < this.#streamAgainAt || !(await this.#heard(listener))) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }

  /** @returns false where no stream was had, or it said nothing at all */
  async #heard({ service, accessToken, after, conversationId }: Listener): Promise<boolean> {
    const transport = new Transport(new ServiceAddress(service), {}, noJitter);
    const { signal } = this;
    const { firstEventMs: answerWithinMs } = STREAM_TIMES;
    const query = { after, conversationId };
    try {
      const stream = await transport.open({ path: PATH, query, accessToken, signal, answerWithinMs });
      return await heardFrom(stream).finally(() => {
        stream.close();
      });
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof SealpostError)) throw error;
      // With an expired token the next look gets a new one.
      if (!isApiError(error) || error.status !== 401) this.#streamAgainAt = performance.now() + STREAM_AGAIN_MS;
      return false;
    }
  }
}

/** A stream is opened in one attempt, which nothing repeats. */
function noJitter(): number {
  return 0;
}

/** @throws where the stream falls silent or breaks off before it has said anything */
async function heardFrom(stream: EventStream): Promise<boolean> {
  let ms = STREAM_TIMES.firstEventMs;
  for (;;) {
    const events = await stream.read(ms);
    if (events === null) throw new NetworkError('client.timeout', 'The stream says nothing');
    const { entries, endReason } = gather(events);
    if (entries.length > 0 || endReason !== undefined) return true;
    if (events.length > 0) ms = STREAM_TIMES.silenceMs;
  }
}
