import type { RotateRequestJson } from '@sealpost/protocol';
import type { SharedStateWarningCode } from '../error-codes.js';

/** Whose storage it is, also after a log-out. Bytes are base64url. */
export interface AccountRecord {
  readonly serviceId: string;
  readonly userId: string;
  readonly loginId: string;
  /** The password suite of the account: the server may never name a lower one (protocol section 2). */
  readonly suite: number;
  readonly accountSecret?: string;
  /** Version of the newest vault that was seen; the server may never show an older one. */
  readonly vaultVersion: number;
  /** A service account: programs without a storage share its inbox. */
  readonly service?: true;
}

/** The key that the session is bound to: the id of one that the storage holds, or its seed. */
export type SessionKeyRecord = { readonly held: string } | { readonly seed: string };

/** By which the service knows this client when it logs in again, also after a log-out. It opens nothing. */
export interface KnownDeviceRecord {
  readonly token: string;
}

/** What a log-in gives and a log-out removes. */
export interface SessionRecord {
  readonly sessionId: string;
  /** In the clear: this is what makes the storage secret. */
  readonly vaultKey: string;
  /** The vault as it was last seen, its version, and the newest key version in it. */
  readonly vault: string;
  readonly vaultVersion: number;
  readonly keyVersion: number;
}

/** The user that a loginId was bound to when it was first seen, or when the user accepted another binding. */
export interface HandleRecord {
  readonly userId: string;
  /** Users that other devices have pinned for it: a conflict until the user has chosen. */
  readonly others?: readonly string[];
}

/** Hashes of earlier shared states, by version. */
export type StateHistory = Readonly<Record<string, string>>;

/** The state that the user's clients share, as it was last seen: the server may show no older and no other one. */
export interface SharedStateRecord {
  readonly version: number;
  readonly hash: string;
  readonly history: StateHistory;
  /** The id of the vault key that it is sealed under: another one begins another series of states. */
  readonly vaultKeyId: string;
}

/** What a log-in has found wrong with the shared state, until the user has decided or the state is there again. */
export interface StateWarningRecord {
  readonly code: SharedStateWarningCode;
  readonly message: string;
  /** What the server has shown: a lower one later on does not make it good. */
  readonly stateVersion: number;
  /** The id of the vault key, like in the record of the shared state. */
  readonly vaultKeyId: string;
}

export interface ContactRecord {
  /** The loginId under which the user was last looked up. */
  readonly loginId?: string;
}

export interface InboxRecord {
  /** The sequence of the last entry that the consumer is done with. */
  readonly after: number;
  /**
   * Where the inbox was before the server's numbers last went on with a gap, until a later answer has confirmed that the
   * mailbox reaches so far: nothing but the server's word numbers entries.
   */
  readonly unconfirmedSince?: number;
}

/**
 * An account that was to be made, or begun anew, and perhaps was: kept until its owner has the words. In the clear, as the
 * vault key is.
 */
export interface BegunAccountRecord {
  readonly serviceId: string;
  readonly loginId: string;
  readonly userId: string;
  readonly recoveryWords: string;
}

/** A change of the account that was begun, until what became of it is known: perhaps it was made. */
export type BegunChangeRecord =
  /** The salt of the new password, which the server shows once it counts. */
  { readonly kind: 'password'; readonly salt: string } | { readonly kind: 'erasure' };

/** A rotation that was begun: the same statement is sent again until the server's answer is known. */
export interface RotationRecord {
  readonly request: RotateRequestJson;
}
