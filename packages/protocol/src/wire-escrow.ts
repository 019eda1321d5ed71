/** JSON of escrow and of new vault keys (section 6). Conventions as in wire.ts. */
import type { SignedStatementJson } from './wire.js';

/** Where an account has one (GET /v1/account). */
export interface EscrowJson {
  /** Whose it is: H(tag(`escrow-pk/v1`) ‖ pk). */
  readonly fingerprint: string;
  readonly addedAt: number;
}

/** The vault key for the holder of an escrow key. */
export interface EscrowWrapJson {
  readonly fingerprint: string;
  /** 0x01 ‖ enc ‖ ct. */
  readonly unlock: string;
}

/** PUT /v1/account/escrow: action `add-escrow`. */
export interface AddEscrowRequestJson {
  readonly loginId: string;
  /** The version of the credentials that it is added to. */
  readonly credentialVersion: number;
  readonly escrow: EscrowWrapJson;
  readonly challenge: string;
  /** Proof by the password auth key. */
  readonly proof: string;
}

/** POST /v1/account/vault-key: action `rekey`. */
export interface RekeyRequestJson {
  readonly loginId: string;
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  readonly suite: number;
  readonly salt: string;
  readonly authPublicKey: string;
  /** The next version, signed by the previous signing key too. */
  readonly keys: SignedStatementJson;
  /** The signature under the present loginId by the new signing key. */
  readonly handleSignature: string;
  readonly vault: string;
  /** One more than that of the stored vault. */
  readonly vaultVersion: number;
  readonly passwordUnlock: string;
  readonly recoveryAuthPublicKey: string;
  readonly recoveryUnlock: string;
  /** Absent: the account has no escrow from then on. */
  readonly escrow?: EscrowWrapJson;
  /**
   * Hash of the shared state that the client has taken in, zeros where there is none: 409 where another one is stored by
   * now. It is not part of what is proven, because it says what is lost and not what counts. Absent: the state may be lost.
   */
  readonly stateHash?: string;
  readonly challenge: string;
  /** Proof by the present password auth key. */
  readonly proof: string;
  readonly authKeySignature: string;
  readonly recoveryAuthKeySignature: string;
}

/**
 * One account for the holder of an escrow key, who opens it without a network (`sealpost escrow open`). Nothing in it
 * opens without the escrow key's seed.
 */
export interface EscrowExportJson {
  readonly format: 'sealpost-escrow-export/1';
  readonly serviceId: string;
  readonly userId: string;
  readonly loginId: string;
  /** Under the loginId, by the key of `handleKeyVersion` in the chain: whoever opens it sees whose account it is. */
  readonly handleSignature: string;
  readonly handleKeyVersion: number;
  readonly escrow: EscrowWrapJson;
  readonly vault: string;
  readonly vaultVersion: number;
  readonly keyVersion: number;
  /** The whole chain, from version 1 on. */
  readonly statements: readonly SignedStatementJson[];
}
