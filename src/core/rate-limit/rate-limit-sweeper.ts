import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/index.js';
import { PeriodicWork } from '../periodic-work.js';
import { PgRateLimiter } from './pg-rate-limiter.js';

const INTERVAL_MS = 10_000;
const BATCH = 1000;

/** Deletes the rows that say nothing any more, in bounded batches. Replicas share the work. */
@Injectable()
export class RateLimitSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimitSweeper.name);
  private readonly sweeps = new PeriodicWork(() => this.sweep(), INTERVAL_MS);

  constructor(private readonly limiter: PgRateLimiter) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  private async sweep(): Promise<void> {
    try {
      while (!this.sweeps.isStopped && (await this.limiter.forget(BATCH)) === BATCH);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.logger.error('Old rate limits could not be deleted', error);
    }
  }
}
