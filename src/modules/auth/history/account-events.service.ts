import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import type { AccountEvent } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import type { Transaction } from '../../../core/database/index.js';
import { type Page, pageOf } from '../../../core/http/index.js';
import type { RecordedEvent } from './account-event.js';
import { AccountEventsRepository } from './account-events.repository.js';

/** The history of accounts. Other modules reach it through `AccountLifecycle.happened`. */
@Injectable()
export class AccountEvents implements OnModuleInit {
  constructor(
    private readonly events: AccountEventsRepository,
    private readonly lifecycle: AccountLifecycle,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onEvent((tx, event) => this.events.add(tx, event, this.clock.now()));
  }

  /**
   * In the transaction of what it tells of, so that neither is there without the other. Modules that have something to do
   * at such an event learn of it as well.
   */
  record(tx: Transaction, event: AccountEvent): Promise<void> {
    return this.lifecycle.happened(tx, event);
  }

  /** The newest first; only those before the id `before`. */
  async list(
    userId: string,
    { before, limit }: { readonly before: number; readonly limit: number },
  ): Promise<Page<RecordedEvent>> {
    return pageOf(await this.events.findNewest(userId, before, limit + 1), limit, ({ id }) => id);
  }
}
