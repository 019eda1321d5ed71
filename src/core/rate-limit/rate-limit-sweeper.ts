import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/index.js';
import { PgRateLimiter } from './pg-rate-limiter.js';

const INTERVAL_MS = 10_000;
const BATCH = 1000;

/** Deletes the rows that say nothing any more, in bounded batches. Replicas share the work. */
@Injectable()
export class RateLimitSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimitSweeper.name);
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<void> = Promise.resolve();
  private closing = false;

  constructor(private readonly limiter: PgRateLimiter) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Waits for the batch under way, so that the database can be closed afterwards. */
  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.sweeping;
  }

  private schedule(): void {
    if (this.closing) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep().finally(() => {
        this.schedule();
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private async sweep(): Promise<void> {
    try {
      while (!this.closing && (await this.limiter.forget(BATCH)) === BATCH);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.logger.error('Old rate limits could not be deleted', error);
    }
  }
}
