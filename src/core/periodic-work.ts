/** Work that is done again some time after it was done last, until it is stopped. */
export class PeriodicWork {
  #timer: NodeJS.Timeout | null = null;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = false;

  /** @param work must not reject */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  /** Work of several parts looks at it between two of them. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** The first time is an interval from now. The timer alone does not keep the process alive. */
  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#underWay = this.work().finally(() => {
        this.start();
      });
    }, this.intervalMs);
    this.#timer.unref();
  }

  /** Waits for what is under way, so that the database can be closed afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#underWay;
  }
}
