/** Who wants to know what is notified on a channel. None of its methods may throw. */
export interface NotificationListener {
  received(payload: string): void;
  /** From now on notifications arrive. What was notified before may have been missed. */
  connected(): void;
  /** From now on notifications may be missed. */
  disconnected(): void;
}

/**
 * PostgreSQL's LISTEN, on a connection of its own. Only a hint: notifications are lost while there is no connection, and
 * behind poolers that do not carry them. Whoever listens must find out in another way too. Token and port in one.
 */
export abstract class Notifications {
  /** Listens until the server stops. One listener for each channel. It begins as not connected. */
  abstract listen(channel: string, listener: NotificationListener): void;
}
