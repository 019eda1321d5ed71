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

/** The part of a pino logger that the database needs. */
export interface Log {
  info(context: object, message: string): void;
  warn(context: object, message: string): void;
  error(context: object, message: string): void;
}
