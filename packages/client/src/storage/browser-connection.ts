import { ClientError } from '../errors.js';

export const STORES = { state: 'state', keys: 'keys' } as const;
const VERSION = 2;

/**
 * The connection to the database of one account. The browser may take it away (its own trouble, a full disk, a computer that
 * slept): then the next use opens it again. Whoever deletes the database, or comes with a newer version of the page, gets it
 * for good.
 */
export class BrowserConnection {
  #over = false;

  private constructor(
    private readonly factory: IDBFactory,
    private readonly name: string,
    private database: Promise<IDBDatabase>,
  ) {
    this.#watch(database);
  }

  static async open(factory: IDBFactory, name: string): Promise<BrowserConnection> {
    const connection = new BrowserConnection(factory, name, openDatabase(factory, name, 'made'));
    await connection.database;
    return connection;
  }

  /** Transactions come in the order in which they are asked for. @throws ClientError `storage.failed` */
  async transaction(store: string, mode: IDBTransactionMode): Promise<IDBTransaction> {
    const used = this.database;
    try {
      return begin(await used, store, mode);
    } catch {
      // Nothing was asked of it. Whoever comes here first opens it again, for all.
      if (this.database === used) this.#reopen();
      return begin(await this.database, store, mode);
    }
  }

  close(): void {
    this.#over = true;
    void this.database.then((database) => {
      database.close();
    }, ignore);
  }

  #reopen(): void {
    this.database = this.#over ? Promise.reject(closed()) : openDatabase(this.factory, this.name, 'there');
    this.#watch(this.database);
  }

  #watch(opening: Promise<IDBDatabase>): void {
    opening.then((database) => {
      if (this.#over) database.close();
      database.addEventListener('versionchange', () => {
        this.close();
      });
      // A `close` that nobody asked for is seen at the next use, which the closed connection refuses.
    }, ignore);
  }
}

function begin(database: IDBDatabase, store: string, mode: IDBTransactionMode): IDBTransaction {
  try {
    return database.transaction(store, mode, { durability: 'strict' });
  } catch (cause) {
    throw closed(cause);
  }
}

/** @param expected `there`: a database that is gone is not made anew, for a client must not go on from nothing */
function openDatabase(factory: IDBFactory, name: string, expected: 'made' | 'there'): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(`sealpost/${name}`, VERSION);
    let refusal: ClientError | undefined;
    request.addEventListener('upgradeneeded', ({ oldVersion }) => {
      const { result: database, transaction } = request;
      if (expected === 'there' && oldVersion === 0) {
        refusal = new ClientError('storage.failed', 'The storage was deleted, by the browser or by its user');
        transaction?.abort();
        return;
      }
      // Those of before have the first one.
      for (const store of Object.values(STORES)) {
        if (!database.objectStoreNames.contains(store)) database.createObjectStore(store);
      }
    });
    request.addEventListener('blocked', () => {
      refusal = new ClientError('storage.locked', 'Another tab keeps an older version of the storage open: close it');
      reject(refusal);
    });
    request.addEventListener('success', () => {
      // Too late for whoever was told that it is blocked.
      if (refusal === undefined) resolve(request.result);
      else request.result.close();
    });
    request.addEventListener('error', () => {
      reject(refusal ?? new ClientError('storage.failed', 'The storage cannot be opened', { cause: request.error }));
    });
  });
}

function closed(cause?: unknown): ClientError {
  return new ClientError('storage.failed', 'The storage was closed, by this program or by the browser', { cause });
}

function ignore(): void {
  // Whoever uses the connection is told.
}
