import type { ContactDirectory } from '../contacts/contact-directory.js';
import { ContactWarning } from '../trust/contact-errors.js';
import type { MessageRefused } from '../envelope/message-refused.js';

/** For so long one answer counts: a mailbox may be full of such messages. */
const ASKED_MS = 30_000;
/** Senders of whom it is remembered; more than these are asked for again. */
const SENDERS = 256;

/**
 * A message names another statement than is pinned for its sender's version. Either its sender makes it up, or the server
 * shows other keys than before: then that is what its reader has to hear.
 */
export class SenderKeys {
  readonly #asked = new Map<string, { readonly until: number; readonly outcome: Promise<unknown> }>();

  constructor(private readonly directory: Pick<ContactDirectory, 'refresh'>) {}

  /** @throws what a look at the sender's keys throws, e.g. RewoundKeysWarning; else the refusal */
  async explain(refusal: MessageRefused): Promise<never> {
    const { senderId } = refusal;
    const now = performance.now();
    let asked = this.#asked.get(senderId);
    if (asked === undefined || asked.until < now) {
      if (this.#asked.size >= SENDERS) this.#asked.clear();
      const outcome = this.directory.refresh(senderId).then(
        () => undefined,
        (error: unknown) => error,
      );
      asked = { until: now + ASKED_MS, outcome };
      this.#asked.set(senderId, asked);
    }
    const outcome = await asked.outcome;
    // What passes is asked again at the next occasion.
    if (!(outcome instanceof ContactWarning || outcome === undefined)) this.#asked.delete(senderId);
    throw outcome instanceof Error ? outcome : refusal;
  }
}
