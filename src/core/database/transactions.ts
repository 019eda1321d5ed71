declare const transaction: unique symbol;

/**
 * An open transaction. Opaque outside adapters: services hand it from `Transactions.run` to the repositories that take
 * part, and the repositories open it with `prismaOf`.
 */
export interface Transaction {
  readonly [transaction]: true;
}

export type IsolationLevel = 'ReadCommitted' | 'RepeatableRead' | 'Serializable';

export interface TransactionOptions {
  /** PostgreSQL's default, ReadCommitted, unless said otherwise. */
  readonly isolation?: IsolationLevel;
}

export abstract class Transactions {
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. After a deadlock or a
   * serialization failure `work` runs again, so it must have no effects outside the transaction.
   */
  abstract run<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}
