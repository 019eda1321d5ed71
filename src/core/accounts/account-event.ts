import type { AccountEventKind } from '@sealpost/protocol';

/** Who does something to an account, as far as a request tells. */
export interface Actor {
  /** The session of the request; null where there is none, e.g. at a log-in. */
  readonly sessionId: string | null;
  /** Families of product and operating system, as the client calls itself; null where they are not known. */
  readonly client: string | null;
}

/** What an administrator does beside the server. */
export const NO_ACTOR: Actor = { sessionId: null, client: null };

/** Something that its owner finds in the history of the account. Never a secret, an address, or what others wrote. */
export interface AccountEvent {
  readonly kind: AccountEventKind;
  readonly userId: string;
  readonly actor: Actor;
  /** The session that the event is about, where it is not the one that did it. */
  readonly otherSessionId?: string;
  /** The key version that it leads to. */
  readonly keyVersion?: number;
  /** The hash of the shared state that whoever did it has taken in. For handlers; the history does not keep it. */
  readonly stateHash?: Uint8Array;
  /** A short code where the kind needs one. */
  readonly detail?: string;
}
