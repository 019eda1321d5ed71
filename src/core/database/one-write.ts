import type { PoolClient } from 'pg';

/** What pg's types leave out: the socket under a connection. */
interface Wired {
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/**
 * Sends the statements that `send` hands to a connection of `Database.pipelines` in one write, and so in one packet,
 * where each would otherwise be a system call here and a wake-up there.
 */
export function inOneWrite<T>(client: PoolClient, send: () => T): T {
  const { stream } = (client as unknown as Wired).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
