import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/index.js';

/**
 * Takes part in the transaction of a registration: what it throws undoes the whole registration. It may run again after
 * a deadlock, so it has no effects outside the transaction.
 */
export type AccountCreatedHandler = (tx: Transaction, userId: string) => Promise<void>;

/**
 * Where modules that keep something per user learn of a new one, without being known to the module that registers
 * users. Handlers run one after the other, in the order in which they were added; they add themselves in `onModuleInit`.
 */
@Injectable()
export class AccountLifecycle {
  private readonly createdHandlers: AccountCreatedHandler[] = [];

  onCreated(handler: AccountCreatedHandler): void {
    this.createdHandlers.push(handler);
  }

  /** For the module that registers users. */
  async created(tx: Transaction, userId: string): Promise<void> {
    for (const handler of this.createdHandlers) await handler(tx, userId);
  }
}
