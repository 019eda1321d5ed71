import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { notReady } from './health.errors.js';

@Injectable()
export class HealthService {
  constructor(
    private readonly database: Database,
    private readonly shutdown: Shutdown,
  ) {}

  /**
   * Migrations need no look: the server listens only after they were applied.
   * @throws DomainError server.unavailable
   */
  async checkReadiness(): Promise<void> {
    if (this.shutdown.begun) throw notReady('The server is stopping.');
    if (!(await this.database.ready())) throw notReady('The database does not answer.');
    if (this.database.writes.refused) throw notReady('The database cannot store anything.');
  }

  /** Whether the server is ready; false also where that is not known within that time. */
  async isReady(withinMs: number): Promise<boolean> {
    if (this.shutdown.begun || this.database.writes.refused) return false;
    const answered = new AbortController();
    const tooLate = sleep(withinMs, false, { signal: answered.signal }).catch(() => false);
    try {
      return await Promise.race([this.database.ready(), tooLate]);
    } finally {
      answered.abort();
    }
  }
}
