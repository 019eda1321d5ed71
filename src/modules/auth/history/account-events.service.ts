import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AccountLifecycle } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { pageOf } from '../../../core/http/index.js';
import type { Page } from '../../../core/http/index.js';
import { AccountEventsRepository } from './account-events.repository.js';
import type { RecordedEvent } from './account-events.repository.js';

/** The history of accounts: of what `AccountLifecycle.happened` says in the transaction of what it tells of. */
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

  /** The newest first; only those before the id `before`. */
  async list(
    userId: string,
    { before, limit }: { readonly before: number; readonly limit: number },
  ): Promise<Page<RecordedEvent>> {
    return pageOf(await this.events.findNewest(userId, before, limit + 1), limit, ({ id }) => id);
  }
}
