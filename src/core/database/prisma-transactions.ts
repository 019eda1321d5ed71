import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient, Prisma } from './generated/client.js';
import { isTransactionConflict } from './database-errors.js';
import { Transactions } from './transactions.js';
import type { Transaction, TransactionOptions } from './transactions.js';

const ATTEMPTS = 5;
const LONGEST_TRANSACTION_MS = 15_000;

/** The client with which an adapter takes part in a transaction. */
export function prismaOf(tx: Transaction): Prisma.TransactionClient {
  return tx as unknown as Prisma.TransactionClient;
}

export class PrismaTransactions extends Transactions {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly longestWaitMs: number,
  ) {
    super();
  }

  override async run<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(work, options);
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransactionConflict(error)) throw error;
        // Random, so that the transactions that met do not meet again.
        await sleep(randomInt(10 * 2 ** attempt));
      }
    }
  }

  private attempt<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    return this.prisma.$transaction((client) => work(client as unknown as Transaction), {
      maxWait: this.longestWaitMs,
      timeout: LONGEST_TRANSACTION_MS,
      ...(options.isolation === undefined ? {} : { isolationLevel: options.isolation }),
    });
  }
}
