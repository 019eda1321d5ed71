import type { ClientConfig } from 'pg';

/** A PostgreSQL that answers, embedded or external. */
export interface PostgresServer {
  /** How the application connects to its database. */
  readonly connection: ClientConfig;
  /** One line for the start message. Contains no password. */
  describe(): string;
  /** Stops what was started. */
  stop(): Promise<void>;
}
