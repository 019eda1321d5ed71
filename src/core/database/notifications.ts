/** Who wants to know what is notified on a channel. None of its methods may throw. */
export interface NotificationListener {
  received(payload: string): void;
  /** From now on notifications arrive. What was notified before may have been missed. */
  connected(): void;
  /** From now on notifications may be missed. */
  disconnected(): void;
}

/**
 * PostgreSQL's LISTEN and NOTIFY, on a connection of their own. Only hints: notifications are lost while there is no
 * connection, and behind poolers that do not carry them. Whoever listens must find out in another way too. Token and port
 * in one.
 */
export abstract class Notifications {
  /** Whether another replica may listen. False only where none has been heard of for a while. */
  abstract readonly othersListen: boolean;

  /** Listens until the server stops. One listener for each channel. It begins as not connected. */
  abstract listen(channel: string, listener: NotificationListener): void;

  /**
   * Tells everybody who listens, this replica among them. What it is about must be committed. It does not wait for the disk,
   * and what cannot be told is lost: never rejects.
   */
  abstract tell(channel: string, payloads: readonly string[]): Promise<void>;
}
