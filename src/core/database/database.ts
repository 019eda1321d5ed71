import type { Pool } from 'pg';
import type { PrismaClient } from './generated/client.js';

/**
 * The database, for adapters (`Prisma…Repository`) only. Both clients share one pool of connections.
 * Token and port in one: `constructor(private readonly database: Database)`.
 */
export abstract class Database {
  /** For ordinary work. */
  abstract readonly prisma: PrismaClient;

  /** For prepared SQL where the rate matters. Give hot statements a `name`, so that they are planned once. */
  abstract readonly pool: Pool;

  /** Whether a statement is answered right now; never throws. */
  abstract ready(): Promise<boolean>;
}
