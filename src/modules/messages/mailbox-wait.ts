import type { MailboxFollower } from './mailbox-watch.js';

/** One read that waits for news of its mailbox, perhaps several times. */
export class MailboxWait implements MailboxFollower {
  #known = 0;
  #hinted = 0;
  #over = false;
  #wake: () => void = () => undefined;

  constructor(readonly userId: string) {}

  /** It need not wait any longer, whatever the mailbox holds. */
  get over(): boolean {
    return this.#over;
  }

  wake(sequence: number): void {
    this.#hinted = Math.max(this.#hinted, sequence);
    if (this.#hinted > this.#known) this.#wake();
  }

  end(): void {
    this.#over = true;
    this.#wake();
  }

  /** Resolves when the mailbox may have got further than `known`, or at the end. */
  news(known: number): Promise<void> {
    this.#known = known;
    if (this.#over || this.#hinted > this.#known) {
      // Each hint leads to one look, also one that promises too much.
      this.#hinted = 0;
      return Promise.resolve();
    }
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
