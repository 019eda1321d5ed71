/** One read that waits for news of a request, perhaps several times. `stop` must be called at the end. */
export class DeviceWait {
  readonly #signals: readonly AbortSignal[];
  readonly #end: () => void;
  readonly #timer: NodeJS.Timeout;
  #over = false;
  #woken = false;
  #resume: () => void = () => undefined;

  constructor(milliseconds: number, signals: readonly AbortSignal[]) {
    this.#end = () => {
      this.#over = true;
      this.#resume();
    };
    this.#signals = signals;
    this.#timer = setTimeout(this.#end, milliseconds);
    for (const signal of signals) {
      if (signal.aborted) this.#over = true;
      signal.addEventListener('abort', this.#end, { once: true });
    }
  }

  /** It need not wait any longer, whatever there is. */
  get over(): boolean {
    return this.#over;
  }

  /** There may be news; also while nobody waits for the next one yet. */
  wake(): void {
    this.#woken = true;
    this.#resume();
  }

  /** Resolves when there may be news, at the end, and after so many milliseconds at the latest. */
  async news(milliseconds: number): Promise<void> {
    if (!this.#woken && !this.#over) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#woken = false;
    this.#resume = () => undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#end);
  }
}
