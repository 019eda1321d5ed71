import type { Pool } from 'pg';
import type { PrismaClient } from './generated/client.js';
import { WriteHealth } from './write-health.js';

/**
 * The database, for adapters (`Prisma…Repository`) only. Prisma and `pool` share their connections.
 * Token and port in one: `constructor(private readonly database: Database)`.
 */
export abstract class Database {
  /** For ordinary work. */
  abstract readonly prisma: PrismaClient;

  /** For prepared SQL where the rate matters. Give hot statements a `name`, so that they are planned once. */
  abstract readonly pool: Pool;

  /**
   * A few connections for transactions whose rate matters most: a statement is sent without waiting for the answers of
   * those before it, so that several cost one round trip.
   */
  abstract readonly pipelines: Pool;

  /** Whether what is most often written could be written the last time. */
  readonly writes = new WriteHealth();

  /** Whether a statement is answered right now; never throws. */
  abstract ready(): Promise<boolean>;
}
