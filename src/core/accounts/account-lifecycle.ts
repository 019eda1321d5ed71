import { Global, Injectable, Module } from '@nestjs/common';
import type { Transaction } from '../database/index.js';
import type { AccountEvent } from './account-event.js';
import { AccountExports } from './account-exports.js';
import { Senders } from './senders.js';
import { SessionRevocations } from './session-revocations.js';

/**
 * Takes part in the transaction of a registration: what it throws undoes the whole registration. It may run again after
 * a deadlock, so it has no effects outside the transaction.
 */
export type AccountCreatedHandler = (tx: Transaction, userId: string) => Promise<void>;

/**
 * Takes part in the transaction of an erasure, as above: whatever the module keeps of the user is gone, or can be reached
 * by nobody, when it is committed. The user's row in `accounts` is still there, locked.
 */
export type AccountErasedHandler = (tx: Transaction, userId: string) => Promise<void>;

/** Takes part in the transaction of what the event tells of, as above. */
export type AccountEventHandler = (tx: Transaction, event: AccountEvent) => Promise<void>;

/**
 * Where modules that keep something per user learn of a new one and of an erased one, without being known to the module
 * that registers users, and where any module tells the history of an account what it has done, without knowing who keeps it. Handlers
 * run one after the other, in the order in which they were added; they add themselves in `onModuleInit`.
 */
@Injectable()
export class AccountLifecycle {
  private readonly createdHandlers: AccountCreatedHandler[] = [];
  private readonly erasedHandlers: AccountErasedHandler[] = [];
  private readonly eventHandlers: AccountEventHandler[] = [];

  onCreated(handler: AccountCreatedHandler): void {
    this.createdHandlers.push(handler);
  }

  onErased(handler: AccountErasedHandler): void {
    this.erasedHandlers.push(handler);
  }

  onEvent(handler: AccountEventHandler): void {
    this.eventHandlers.push(handler);
  }

  /** For the module that registers users. */
  async created(tx: Transaction, userId: string): Promise<void> {
    for (const handler of this.createdHandlers) await handler(tx, userId);
  }

  /** For the module that erases users. */
  async erased(tx: Transaction, userId: string): Promise<void> {
    for (const handler of this.erasedHandlers) await handler(tx, userId);
  }

  /** For whoever changes an account, in the transaction of the change. */
  async happened(tx: Transaction, event: AccountEvent): Promise<void> {
    for (const handler of this.eventHandlers) await handler(tx, event);
  }
}

@Global()
@Module({
  providers: [AccountLifecycle, AccountExports, Senders, SessionRevocations],
  exports: [AccountLifecycle, AccountExports, Senders, SessionRevocations],
})
export class AccountLifecycleModule {}
