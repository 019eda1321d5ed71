import { Logger } from '@nestjs/common';
import { isDatabaseUnavailable } from './database/index.js';

export interface PeriodicWorkOptions {
  /** Milliseconds from the end of one run to the beginning of the next. */
  readonly everyMs: number | (() => number);
  /**
   * Logged with what a run throws, unless the database is away, or the run before threw the same. The next run tries again
   * in any case.
   */
  readonly failure: string;
}

/** Work that runs again and again, one run at a time, until it is stopped. */
export class PeriodicWork {
  readonly #logger = new Logger(PeriodicWork.name);
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #isDue = false;
  #lastFailure: string | null = null;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly options: PeriodicWorkOptions,
  ) {}

  /** Aborted by `stop`: long work ends early then. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The first run is an interval from now. The timer alone does not keep the process alive. */
  start(): void {
    const { everyMs } = this.options;
    this.#schedule(typeof everyMs === 'number' ? everyMs : everyMs());
  }

  /** The first run begins at once. */
  startNow(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  /** Runs without waiting for the interval; again where a run is under way. */
  runSoon(): void {
    if (this.#running === null) this.#schedule(0);
    else this.#isDue = true;
  }

  /** Waits for the run under way, so that the database can be closed afterwards. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#isDue = false;
      this.#running = this.#run();
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    try {
      await this.work();
      this.#lastFailure = null;
    } catch (error) {
      const isNew = String(error) !== this.#lastFailure;
      this.#lastFailure = String(error);
      if (isNew && !isDatabaseUnavailable(error)) this.#logger.error(this.options.failure, error);
    }
    this.#running = null;
    if (this.#isDue) this.#schedule(0);
    else this.start();
  }
}
