/** In milliseconds. Short beside the time in which people hear of stolen keys, long beside that of a page. */
const LONGEST_MS = 30_000;
/** For whoever waits so long nothing was under way. */
const QUIET_MS = 1000;

/**
 * How long ago the server may have read what a loop is about to open: its hints at newer keys are as old as that. What
 * has arrived, on a page or in the buffers of a connection, ages only while its reader is elsewhere.
 */
export class Freshness {
  #elsewhereMs = 0;
  #since = performance.now();
  #asked = 0;

  /** Whether to ask anew instead of opening what is here. */
  get over(): boolean {
    return this.#elsewhereMs + performance.now() - this.#since > LONGEST_MS;
  }

  /** The reader asks for what comes next. */
  asks(): void {
    this.#asked = performance.now();
    this.#elsewhereMs += this.#asked - this.#since;
  }

  /** The reader has got it. @param anew by a request of its own */
  gets(anew: boolean): void {
    this.#since = performance.now();
    if (anew || this.#since - this.#asked >= QUIET_MS) this.#elsewhereMs = 0;
  }
}
