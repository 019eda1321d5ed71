import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import { RetentionRepository } from './retention.repository.js';

const INTERVAL_MS = 5000;
const BATCH = 500;

/** Takes away what has expired and forgets what is empty, in bounded batches. Replicas share the work. */
@Injectable()
export class MessageSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(MessageSweeper.name);
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(
    private readonly retention: RetentionRepository,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.#schedule();
  }

  /** Waits for the batch under way, so that the database can be closed afterwards. */
  async onApplicationShutdown(): Promise<void> {
    this.#closing = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#closing) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#sweep().finally(() => {
        this.#schedule();
      });
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  async #sweep(): Promise<void> {
    try {
      while (!this.#closing && (await this.retention.sweep(this.clock.now(), BATCH)) === BATCH);
    } catch (error) {
      if (isDatabaseUnavailable(error)) return;
      this.#logger.error('Expired messages could not be swept', error);
    }
  }
}
