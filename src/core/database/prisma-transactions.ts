import type { PrismaClient, Prisma } from './generated/client.js';
import { repeatOnConflict } from './sql-transaction.js';
import { type Transaction, type TransactionOptions, Transactions } from './transactions.js';

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

  override run<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return repeatOnConflict(() =>
      this.prisma.$transaction((client) => work(client as unknown as Transaction), {
        maxWait: this.longestWaitMs,
        timeout: LONGEST_TRANSACTION_MS,
        ...(options.isolation === undefined ? {} : { isolationLevel: options.isolation }),
      }),
    );
  }
}
