import { Module, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '../../core/metrics/index.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

/** A scrape does not wait for a database that says nothing. */
const LONGEST_SCRAPE_MS = 1000;

@Module({ controllers: [HealthController], providers: [HealthService] })
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly health: HealthService,
  ) {}

  onModuleInit(): void {
    this.metrics.gauge(
      { name: 'sealpost_health_ready', help: '1 while requests can be served, otherwise 0.' },
      async () => ((await this.health.isReady(LONGEST_SCRAPE_MS)) ? 1 : 0),
    );
  }
}
