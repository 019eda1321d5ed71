/**
 * Does one piece of work in each iteration of the event loop, in the order in which they came, so that everything else gets
 * its share in between.
 */
export class EventLoopQueue {
  readonly #waiting: (() => void)[] = [];

  /** @param work does not throw */
  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length === 1) setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#waiting[0]?.();
    this.#waiting.shift();
    // From within a piece of work: this is the next iteration.
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}
