/** JSON of the state that the clients of one account share (section 6). Conventions as in wire.ts. */

/** GET /v1/state */
export interface StateJson {
  /** Counts from 1; 0 where nothing was stored yet, and then the other members are absent. */
  readonly stateVersion: number;
  /** The committed AEAD, which only the account's clients can open. */
  readonly state?: string;
  /** Hash of the state before this one, zeros at version 1: part of the header that the state is bound to. */
  readonly previousHash?: string;
}

/** PUT /v1/state */
export interface PutStateRequestJson {
  /** At most 1 MiB. */
  readonly state: string;
  /** One more than that of the stored state; 1 for the first. */
  readonly stateVersion: number;
  /** Hash of the stored state, zeros for the first. */
  readonly previousHash: string;
}

export interface PutStateJson {
  /** The version of the state that is stored now. */
  readonly stateVersion: number;
}
