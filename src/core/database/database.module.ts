import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Database } from './database.js';
import { Notifications } from './notifications.js';
import type { RunningDatabase } from './start-database.js';
import { Transactions } from './transactions.js';

abstract class DatabaseHandle {
  abstract stop(): Promise<void>;
}

@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly handle: DatabaseHandle) {}

  /** Makes `Database`, `Transactions` and `Notifications` injectable everywhere. */
  static forRoot(running: RunningDatabase): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Database, useValue: running.database },
        { provide: Transactions, useValue: running.transactions },
        { provide: Notifications, useValue: running.notifications },
        { provide: DatabaseHandle, useValue: running },
      ],
      exports: [Database, Transactions, Notifications],
    };
  }

  /** Nest calls this after the last HTTP connection is closed, so what was in flight has had its database. */
  async onApplicationShutdown(): Promise<void> {
    await this.handle.stop();
  }
}
